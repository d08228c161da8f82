/** The steps of a head start, by hand, on a bench. */
import { findRunAddress, isRecordPath } from "../../lib/records/mod.ts";
import { type AheadTarget, walkData } from "../../lib/sync/mod.ts";
import type { Bench } from "./bench.ts";

export function targetOf(runPath: string): AheadTarget {
  const { equipmentId, layoutPath } = findRunAddress(runPath)!;
  return { runPath, equipmentId, farDir: layoutPath };
}

/** As a walk of the growing run sees it. */
export async function seeAll(bench: Bench, runPath: string): Promise<void> {
  const { pool } = bench.context;
  const { signal } = new AbortController();
  for await (const batch of walkData({ dataDir: runPath, members: null }, { pool, signal })) {
    const files = batch.flatMap((entry) =>
      entry.kind === "file" && !isRecordPath(entry.path) ? [entry] : []
    );
    bench.queue.ahead.see({ runPath, observedMs: 0 }, files);
  }
}

/** What the run's timeline says was set aside. */
export function setAside(bench: Bench, run: string): readonly string[] {
  return bench.queue.timeline.of(bench.job(run).id).filter(({ kind }) => kind === "set_aside")
    .flatMap(({ detail }) => detail["names"] as string[]);
}
