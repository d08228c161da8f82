/**
 * Seals and proves a run of more files than one slice holds, then seals it anew with every file
 * altered, some gone and some new; for `slices_test.ts` to kill before the nth statement that begins
 * with the given SQL. Says `done` when nobody did.
 *
 * Arguments: the database's path, the SQL, and which of them.
 */
import { Queue } from "../../lib/queue/mod.ts";
import {
  commit,
  hashOf,
  killBefore,
  newJob,
  passed,
  pathsOf,
  PLACE,
  seen,
  walked,
} from "./support.ts";
import { ALTERED, FIRST, SECOND } from "./slices_run.ts";

const [path, sql, nth] = Deno.args as [string, string, string];
using queue = Queue.open(path);
const { job } = queue.jobs.enqueue(newJob("Run_1"));
killBefore(sql, Number(nth));
await seal(FIRST.map((name) => seen(name)), "sealed");
const own = (await pathsOf(queue.files(job.id).list())).map((name) => ({
  path: name,
  sha256: hashOf(name),
}));
queue.files(job.id).setHashes(own);
const pass = queue.passes.begin(queue.jobs.byId(job.id)!, PLACE);
queue.passes.record(pass, own);
await passed(queue, pass);
await seal(SECOND.map((name) => seen(name, ALTERED)), "changed_after_seal");
Deno.stdout.writeSync(new TextEncoder().encode("done\n"));

async function seal(files: Parameters<typeof walked>[0], reason: string): Promise<void> {
  using round = await queue.seals.begin(job.id);
  for (let at = 0; at < files.length; at += 400) {
    await round.see(walked(files).slice(at, at + 400));
  }
  await commit(round, { options: { reason, sealedBy: "writer" }, queue });
}
