/** Getting everything out again: as lines of JSON for people and scripts, or as a whole copy. */
import { backup } from "node:sqlite";
import type { Connection } from "./connection.ts";
import { queueError } from "./errors.ts";
import { RunFiles } from "./files.ts";
import { generationsOf } from "./generations.ts";
import { JOB_COLUMNS, type JobRow, toJob } from "./job_row.ts";
import { Passes } from "./passes.ts";
import { Timelines } from "./timelines.ts";

/**
 * One JSON document a line, without the newline: `{"type", ...}` with the type `job`, then that
 * job's `generation`s, `pass`es, `event`s and, if asked for, `file`s; oldest job first.
 */
export async function* exportQueue(
  connection: Connection,
  options: { readonly files?: boolean } = {},
): AsyncGenerator<string> {
  const line = (type: string, value: object) => JSON.stringify({ type, ...value });
  let after = 0;
  while (true) {
    const row = connection.get<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM jobs WHERE n > ? ORDER BY n LIMIT 1`,
      [
        after,
      ],
    );
    if (!row) return;
    after = row.n;
    yield line("job", toJob(row));
    for (const generation of generationsOf(connection, row.id)) {
      yield line("generation", generation);
    }
    for (const pass of new Passes(connection).of(row.id)) yield line("pass", pass);
    for (const event of allEvents(connection, row.id)) yield line("event", event);
    if (!options.files) continue;
    for await (const file of new RunFiles(connection, row.id).list()) {
      yield line("file", { jobId: row.id, ...file });
    }
  }
}

/**
 * A whole, consistent copy while work goes on; only the owner may read it. The target must not be
 * open anywhere. @throws {LabferryError} `queue_full_disk`, `queue_unreadable` …
 */
export async function backupTo(connection: Connection, path: string): Promise<void> {
  try {
    await backup(connection.database, path);
  } catch (error) {
    throw queueError(error, path);
  }
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
}

function* allEvents(connection: Connection, jobId: string): Generator<object> {
  let afterSeq = -1;
  while (true) {
    const page = new Timelines(connection).of(jobId, { afterSeq, limit: EVENTS_A_PAGE });
    yield* page;
    if (page.length < EVENTS_A_PAGE) return;
    afterSeq = page.at(-1)!.seq;
  }
}

const EVENTS_A_PAGE = 500;
