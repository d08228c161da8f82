/** A disk thread that hangs on `/stuck`, as one does on a share that stopped answering. */
import { isMainThread, parentPort } from "node:worker_threads";
import type { Reply, Request } from "../../lib/disk/messages.ts";

if (!isMainThread) {
  parentPort!.on("message", ({ id, work }: Request) => {
    if (work.kind === "hash" && work.paths[0] === "/stuck") {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    const error = { code: "answered", message: "alive", hint: null, path: null };
    const reply: Reply = { kind: "failed", id, error };
    parentPort!.postMessage(reply);
  });
}
