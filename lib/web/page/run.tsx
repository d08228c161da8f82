/** One run: where it is on its way, why it is there, what was proven, and what can be done. */
import * as z from "zod";
import { counted, formatBytes, LabferryError } from "../../base/mod.ts";
import {
  adviceFor,
  ALARM_ADVICE,
  inRuleWords,
  type JobView,
  type RunDetail,
  type RunFindings,
  runFindings,
  sentence,
  type SessionView,
  sessionWords,
  stageOfJob,
} from "../../control/mod.ts";
import type { ListedOverride } from "../../gate/mod.ts";
import { longText, nothing, operator, path, reason } from "./forms.ts";
import { type Action, action, type Asked, type Drawn, type Page } from "./page.ts";
import { Badge } from "./parts/badge.tsx";
import { Facts } from "./parts/facts.tsx";
import { Lines, Name } from "./parts/name.tsx";
import { Panel } from "./parts/panel.tsx";
import { Progress } from "./parts/progress.tsx";
import { proofWords } from "./parts/run_table.tsx";
import { Time } from "./parts/time.tsx";
import { Told } from "./parts/told.tsx";
import { lastCompared, progressWords } from "../../control/mod.ts";
import { RunAccount } from "./run/account.tsx";
import { RunActions } from "./run/actions.tsx";
import { RunCustody } from "./run/custody.tsx";
import { RunGate } from "./run/gate.tsx";
import { RunHistory } from "./run/history.tsx";
import { addRunNote, RunReport, runReport } from "./run/report.tsx";
import { Way } from "./run/way.tsx";

const id = ({ params }: Asked): string => params["id"] ?? "";

export const runPage: Page = {
  path: "/runs/:id",
  draw,
  actions: {
    retry: told("It will be tried again.", (asked) => asked.house.control.retry(id(asked))),
    cancel: told("It is cancelled; its data stays here.", (asked) => {
      return asked.house.control.cancel(id(asked));
    }),
    verify: told("Every file is compared once more.", (asked) => {
      return asked.house.control.verify(id(asked));
    }),
    pin: told("The local copy is kept.", (asked) => asked.house.control.pin(id(asked), true)),
    unpin: told("The local copy may go again, once every interlock holds.", (asked) => {
      return asked.house.control.pin(id(asked), false);
    }),
    "accept-missing": action(
      z.object({ operator, reason, shown: z.string().max(64).optional() }),
      async (asked, { operator, reason, shown }) => {
        const word = { operator, reason, ...(shown ? { shown } : {}) };
        await asked.house.control.retry(id(asked), { acceptMissing: word });
        return { said: ["It goes on without the lost files; your name and reason stay with it."] };
      },
    ),
    restore: action(
      z.object({ to: path.trim(), only: path.max(4_096).trim() }),
      async (asked, { to, only }) => {
        const brought = await asked.house.control.restore(id(asked), {
          ...(to === "" ? {} : { to }),
          ...(only === "" ? {} : { only: only.split("\n").map((line) => line.trim()) }),
        });
        const { files, bytes, different, missing, damaged } = brought;
        const odd = different.count + missing.count + damaged.count;
        const but = odd === 0
          ? ""
          : ` ${counted(odd, "file")} could not be brought; see the history.`;
        return {
          said: [
            `Brought ${counted(files, "file")}, ${formatBytes(bytes)}, to ${brought.to}.${but}`,
          ],
        };
      },
    ),
    override: action(
      z.object({ class: z.string().min(1).max(200), operator, reason, day: z.string().max(10) }),
      async (asked, { day, ...draft }) => {
        const { run_path } = await asked.house.control.job(id(asked));
        await gateOf(asked).addOverride(run_path, { ...draft, expires_at: endOfDay(day) });
        return { said: ["It is let pass; your name and reason are in the run's record."] };
      },
    ),
    revoke: action(
      z.object({ id: z.string().min(1).max(200), operator, reason }),
      async (asked, draft) => {
        const { run_path } = await asked.house.control.job(id(asked));
        await gateOf(asked).revokeOverride(run_path, draft);
        return { said: ["That is taken back; the gate looks at the run again."] };
      },
    ),
    note: action(z.object({ operator, text: longText }), async (asked, { operator, text }) => {
      const { job } = await asked.house.reading.run(id(asked));
      await addRunNote(asked.house, { job, author: operator, text });
      return { said: ["The note is in the report, with your name."] };
    }),
  },
};

/** A button that needs nothing but to be pressed. */
function told(said: string, act: (asked: Asked) => Promise<unknown>): Action {
  return action(nothing, async (asked) => {
    await act(asked);
    return { said: [said] };
  });
}

function gateOf({ house }: Asked): NonNullable<Asked["house"]["gate"]> {
  if (house.gate) return house.gate;
  throw new LabferryError("usage", "There is no gate here to ask");
}

/** The end of the chosen day where the service is; null when no day was chosen. */
function endOfDay(day: string): string | null {
  if (day === "") return null;
  const end = new Date(`${day}T23:59:59`);
  if (!Number.isNaN(end.getTime())) return end.toISOString();
  throw new LabferryError("usage", `"${day}" is no day`, { hint: "write it like 2026-11-26" });
}

async function draw(asked: Asked): Promise<Drawn> {
  const { house, now } = asked;
  const detail = await house.reading.run(id(asked));
  const [findings, report] = await Promise.all([
    findingsOf(asked, detail),
    runReport(house, detail.job),
  ]);
  const { job, names } = detail;
  const stage = stageOfJob(job);
  return {
    title: `${names.name}: ${stage.words}`,
    tone: stage.tone,
    body: (
      <>
        <Head detail={detail} />
        <Way steps={detail.way} now={now} />
        {isSaidBelow(detail, findings) ? null : <Standing detail={detail} now={now} />}
        <RunActions asked={asked} detail={detail} hasReport={report !== null} />
        <RunGate asked={asked} findings={findings} />
        <RunCustody detail={detail} now={now} />
        <Panel id="data" title="Data and proof">
          <ProofFacts detail={detail} now={now} />
          {job.verify_passes === 0 ? null : (
            <p class="by-hand">
              <span class="soft">Check it without labferry:</span>{" "}
              <code>
                <Name text={detail.checkByHand} />
              </code>
            </p>
          )}
        </Panel>
        <RunAccount job={job} />
        <RunReport report={report} />
        <RunHistory detail={detail} now={now} />
      </>
    ),
  };
}

/** Not asked for where nothing can be found: records are read for it. */
async function findingsOf(asked: Asked, detail: RunDetail): Promise<RunFindings> {
  const { gate } = asked.house;
  if (!gate) return { groups: [], unjudged: [], overrides: [] };
  const problems = await gate.problems();
  const { job, events } = detail;
  const isConcerned = job.hold === "gate" || problems.overridden.includes(job.run_path) ||
    events.some(({ kind }) => kind === "override_added");
  const overrides: readonly ListedOverride[] = isConcerned
    ? await gate.overrides(job.run_path)
    : [];
  return runFindings({ job, problems, overrides, events: events.toReversed() });
}

function Head({ detail: { job, names } }: { readonly detail: RunDetail }) {
  return (
    <div class="run-head" data-key="head">
      <p class="crumbs">
        <a href="/">Runs</a>
      </p>
      <h1>
        <Name text={names.name} /> <Badge {...stageOfJob(job)} />
      </h1>
      <p class="soft">
        <a href={`/?equipment=${encodeURIComponent(job.equipment_id)}#runs`}>{job.equipment_id}</a>
        {names.project === "" ? null : (
          <>
            {" · "}
            <a href={`/?project=${encodeURIComponent(names.project)}#runs`}>
              <Name text={names.project} />
            </a>
          </>
        )}
        {names.isTest ? " · test run" : null}
      </p>
    </div>
  );
}

/** The hold's own words give way to the names it is about. */
function isSaidBelow({ job }: RunDetail, { groups, unjudged }: RunFindings): boolean {
  return job.hold === "gate" && job.alarm === null && groups.length + unjudged.length > 0;
}

/** Why it stands where it stands, and what to do about it. */
function Standing({ detail, now }: { readonly detail: RunDetail; readonly now: Date }) {
  const { job, progress } = detail;
  const { tone } = stageOfJob(job);
  const next = job.next_attempt_at
    ? (
      <p class="soft">
        It is looked at again at <Time at={job.next_attempt_at} now={now} />.
      </p>
    )
    : null;
  if (progress && job.hold === null) {
    return (
      <div class="card" data-key="standing">
        <p class="doing">{progressWords(progress)}</p>
        <Progress done={progress.bytes_done} total={progress.bytes_total} label={progress.phase} />
        {progress.current_path
          ? (
            <p class="soft">
              <Name text={progress.current_path} />
            </p>
          )
          : null}
      </div>
    );
  }
  if (job.alarm) {
    return (
      <div class="standing" data-key="standing" data-tone="bad">
        <p>
          <strong>
            The far copy is damaged ({counted(job.alarm.files, "file")}), and the local copy was let
            go.
          </strong>{" "}
          Found at <Time at={job.alarm.since} now={now} />.
        </p>
        <p class="fix">
          <Told text={ALARM_ADVICE} />
        </p>
      </div>
    );
  }
  if (job.hold !== null) {
    return (
      <div class="standing" data-key="standing" data-tone="wait">
        <p>
          <strong>
            <Name text={inRuleWords(job.hold_reason ?? "It is held")} />
          </strong>
        </p>
        {job.hold_hint
          ? (
            <p class="fix">
              <Told text={sentence(job.hold_hint)} />
            </p>
          )
          : null}
        {next}
      </div>
    );
  }
  const error = job.last_error;
  if (error) {
    const isOfTheCopyHere = hasProof(job);
    return (
      <div class="standing" data-key="standing" data-tone={isOfTheCopyHere ? "wait" : tone}>
        <p class="tool-output">
          <Lines text={error.message} />
        </p>
        <p class="fix">
          <Told text={sentence(adviceFor(error))} />
        </p>
        <p class="soft">
          {error.code}, {isOfTheCopyHere
            ? "met with the local copy; the proof over there stands"
            : counted(job.attempts, "attempt")}
        </p>
        {next}
      </div>
    );
  }
  return null;
}

/** What is told of such a run is of its local copy. */
function hasProof({ state }: JobView): boolean {
  return state === "verified" || state === "cleanup_eligible";
}

function SessionFact({ session }: { readonly session: SessionView }) {
  return (
    <>
      <Name text={session.id} />: {sessionWords(session)}
      {session.faults.map((fault) => (
        <span class="soft">
          <br />
          <Name text={fault} />
        </span>
      ))}
    </>
  );
}

function ProofFacts({ detail, now }: { readonly detail: RunDetail; readonly now: Date }) {
  const { job } = detail;
  const last = lastCompared(job);
  const data = `${counted(job.files, "file")}, ${formatBytes(job.bytes)}`;
  const isListed = detail.generations.length > 0;
  return (
    <Facts
      facts={[
        [
          "Data",
          job.files === 0
            ? "not listed yet"
            : isListed
            ? <a href={`/runs/${job.id}/files`}>{data}</a>
            : `${data}, not listed yet`,
        ],
        ["Proof", last ? proofWords(job) : job.alarm ? "its copy is damaged" : "not yet"],
        [
          last?.isSafe === false ? "Compared at the staging area" : "Safe as of",
          last && <Time at={last.at} now={now} />,
        ],
        ["Here", <Name text={job.data_path} />],
        [
          "Its records",
          job.data_path === job.run_path ? null : <Name text={job.run_path} />,
        ],
        ["There", <Name text={`${job.destination}/${job.far_path}`} />],
        ["Session", detail.session && <SessionFact session={detail.session} />],
        ["Generation", job.generation > 1 ? String(job.generation) : null],
        ["Kept", job.pinned ? "a person keeps the local copy" : null],
        ["Came", <Time at={job.enqueued_at} now={now} />],
        ["Notes", job.verification?.notes.length ? job.verification.notes.join("; ") : null],
      ]}
    />
  );
}
