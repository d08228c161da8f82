/**
 * A disk thread that hangs inside a system call when it is to hash a pipe, as one does on a share
 * that stopped answering: opening a pipe waits for a writer, and nobody writes.
 */
import { isMainThread, parentPort } from "node:worker_threads";
import type { Reply, Request } from "../../lib/disk/messages.ts";

if (!isMainThread) {
  parentPort!.on("message", ({ id, work }: Request) => {
    const path = work.kind === "hash" ? work.paths[0]! : "";
    if (Deno.lstatSync(path).isFifo) Deno.openSync(path, { read: true }).close();
    const error = { code: "not_found" as const, message: "alive", hint: null, path: null };
    const reply: Reply = { kind: "failed", id, error };
    parentPort!.postMessage(reply);
  });
}
