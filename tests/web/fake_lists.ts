/** `LongLists` that answer from memory and note what they were asked. */
import type { FileView, LongLists, SettingsView } from "../../lib/control/mod.ts";
import { jobOf } from "./fake_control.ts";
import { PACE } from "./fake_pace.ts";

export interface FakeLists extends Pick<LongLists, keyof LongLists> {
  readonly asked: unknown[];
}

export function fakeLists(paths: readonly string[] = []): FakeLists {
  const lists: FakeLists = {
    asked: [],
    runs(asked) {
      lists.asked.push(asked);
      return { runs: [jobOf()], total: 1, previous: null, next: null };
    },
    files(ref, asked) {
      lists.asked.push({ ref, ...asked });
      const from = asked.after === undefined ? 0 : paths.indexOf(asked.after) + 1;
      const page = paths.slice(from, from + asked.limit);
      const next = from + page.length < paths.length ? page.at(-1)! : null;
      return Promise.resolve({ files: page.map(fileOf), next, is_cut_short: false });
    },
    activity(asked) {
      lists.asked.push(asked);
      return Promise.resolve({ events: [], next: asked.beforeSeq === 7 ? null : 7 });
    },
    storage: () => ({ disks: [], went: [] }),
    pace: () => Promise.resolve(PACE),
  };
  return lists;
}

function fileOf(path: string): FileView {
  return {
    path,
    bytes: 3,
    modified_at: "2026-11-20T20:18:00.000Z",
    sha256: null,
    local: "here",
    proven: false,
    generation: 1,
  };
}

export const SETTINGS: SettingsView = {
  path: "/etc/labferry/config.yaml",
  settings: [{ key: "sync.max_parallel", value: 2, origin: "default", line: null }],
  changed_since_start: false,
  problems: [],
  notices: [],
  warnings: [],
};
