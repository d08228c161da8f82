/**
 * `<state>/pauses.json`: pauses once more, beside the queue, so that one that is lost or put back to an
 * older copy takes no person's word with it. What either of the two knows is paused: a service that
 * stands still by mistake is seen, one that goes on by mistake may be too late.
 *
 * ```json
 * { "schema_version": "1.0", "pauses": [{ "scope": "*", "since": "…Z", "by": "ada", "reason": null }] }
 * ```
 */
import { join } from "node:path";
import { parseJson } from "../base/json.ts";
import { decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import { readOrNull, writeFileAtomic } from "../disk/mod.ts";
import type { Pause, Queue } from "../queue/mod.ts";

interface PauseBooks {
  readonly queue: Pick<Queue, "pauses">;
  readonly stateDir: string;
}

/** In the queue first: killed before the file has it, it is paused all the same. */
export async function pauseScope(
  request: { readonly scope: string; readonly by: string },
  { queue, stateDir }: PauseBooks,
): Promise<void> {
  queue.pauses.pause(request);
  await writePauses(stateDir, queue.pauses.list());
}

/** Out of the file first: killed in between, it stays paused. */
export async function resumeScope(scope: string, { queue, stateDir }: PauseBooks): Promise<void> {
  await writePauses(stateDir, queue.pauses.list().filter((pause) => pause.scope !== scope));
  queue.pauses.resume(scope);
}

/** At the start of a service: the queue is told what only the file knows, and the other way round. */
export async function keepPauses({ queue, stateDir }: PauseBooks): Promise<void> {
  const kept = await readPauses(stateDir);
  for (const { scope, by, reason } of kept) {
    queue.pauses.pause({ scope, by, ...(reason === null ? {} : { reason }) });
  }
  const all = queue.pauses.list();
  if (all.length !== kept.length) await writePauses(stateDir, all);
}

async function writePauses(stateDir: string, pauses: readonly Pause[]): Promise<void> {
  const file = { schema_version: "1.0", pauses };
  const text = `${JSON.stringify(file, null, 2)}\n`;
  await writeFileAtomic(pausesFile(stateDir), encodeUtf8(text), { mode: 0o644 });
}

/** One that cannot be read says nothing; the queue's own pauses hold, and are written again. */
async function readPauses(stateDir: string): Promise<Pause[]> {
  const bytes = await readOrNull(pausesFile(stateDir));
  if (bytes === null) return [];
  try {
    const { pauses } = fields(parseJson(decodeUtf8(bytes)).value);
    return (Array.isArray(pauses) ? pauses : []).map(fields).flatMap(pauseOf);
  } catch (error) {
    if (error instanceof LabferryError || error instanceof TypeError) return [];
    throw error;
  }
}

function pauseOf({ scope, since, by, reason }: Record<string, unknown>): Pause[] {
  if (typeof scope !== "string" || typeof by !== "string") return [];
  return [{ scope, since: String(since), by, reason: typeof reason === "string" ? reason : null }];
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function pausesFile(stateDir: string): string {
  return join(stateDir, "pauses.json");
}
