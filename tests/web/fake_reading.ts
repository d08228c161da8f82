/** A `PageReading` over a fake control: what the pages show of jobs that are made up. */
import type { Answer, HomeView, PageReading, RunDetail } from "../../lib/control/mod.ts";
import { checkByHand, runNames } from "../../lib/control/mod.ts";
import type { FakeControl } from "./fake_control.ts";
import { NO_PACE } from "./fake_pace.ts";

export interface FakeReading extends PageReading {
  answerNow: Answer;
  homeNow: Partial<HomeView>;
  detailNow: Partial<RunDetail>;
}

export function fakeReading(control: FakeControl): FakeReading {
  const reading: FakeReading = {
    answerNow: { tone: "safe", sign: "✓", words: ["All runs are safe"], more: [], next: null },
    homeNow: {},
    detailNow: {},
    home: () =>
      Promise.resolve({
        answer: reading.answerNow,
        counts: NO_COUNTS,
        lanes: [],
        acquiring: [],
        notLookedAfter: [],
        paused: [],
        mayRetry: true,
        ...reading.homeNow,
      }),
    runs: ({ limit }) =>
      Promise.resolve({
        runs: control.jobsNow.slice(0, limit),
        total: control.jobsNow.length,
        previous: null,
        next: null,
      }),
    filters: () => Promise.resolve({ equipment: ["FLOW_01"], projects: ["Panel"] }),
    async run(ref) {
      const job = await control.job(ref);
      return {
        job,
        names: runNames(job),
        way: [],
        custody: await control.why(ref),
        isLooking: false,
        progress: null,
        events: await control.history(ref),
        generations: [],
        passes: [],
        lost: null,
        session: null,
        checkByHand: checkByHand(job),
        ...reading.detailNow,
      };
    },
    room: () => Promise.resolve({ disks: [], enabled: false, proven: [], pinned: [], went: [] }),
    pace: () => Promise.resolve(NO_PACE),
    files: () => Promise.resolve({ files: [], next: null, isCutShort: false }),
  };
  return reading;
}

const NO_COUNTS: HomeView["counts"] = {
  attention: 0,
  on_the_way: 0,
  safe: 1,
  handed_over: 0,
  not_proven: 0,
  cancelled: 0,
};
