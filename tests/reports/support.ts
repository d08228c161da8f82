/** A store in a temporary folder, and a clock that goes on by itself. */
import { type Clock, systemClock } from "../../lib/base/mod.ts";
import { type Report, ReportStore, type ReportStoreOptions } from "../../lib/reports/mod.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

export interface TestStore extends AsyncDisposable {
  readonly dir: TempDir;
  readonly store: ReportStore;
}

export async function testStore(options: ReportStoreOptions = {}): Promise<TestStore> {
  const dir = await tempDir();
  return {
    dir,
    store: new ReportStore(dir.join("reports"), options),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** Stands still until it is set. */
export function clockAt(start: string): Clock & { set(iso: string): void } {
  let now = new Date(start);
  return { ...systemClock, now: () => now, set: (iso) => void (now = new Date(iso)) };
}

export async function eventsOf(report: Report): Promise<string[]> {
  const words: string[] = [];
  for await (const { event, fault } of report.history()) {
    words.push(event ? event.action_type : `fault: ${fault}`);
  }
  return words;
}

export const CLI = { actor: "cli" } as const;
