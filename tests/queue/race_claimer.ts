/**
 * Claims every job it can get and prints its id, for `race_test.ts`. It begins when its stdin ends,
 * so that all claimers begin together. Argument: the database's path.
 */
import { Queue } from "../../lib/queue/mod.ts";
import { claimNext, EQUIPMENT } from "./support.ts";

using queue = Queue.open(Deno.args[0]!, { timeoutMs: 10_000 });
console.log("ready");
for await (const _chunk of Deno.stdin.readable);
while (true) {
  const job = claimNext(queue, { equipment: [EQUIPMENT], hugeAllowed: true });
  if (!job) break;
  console.log(job.id);
}
