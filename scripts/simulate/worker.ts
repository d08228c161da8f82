/** A thread that lives lives: a seed comes, its end goes. */
/// <reference lib="deno.worker" />
import { live } from "./life.ts";
import { forgetPrepared } from "./prepare.ts";

/** A seed; or that there is no other. */
export type ToWorker = number | "end";

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  if (data !== "end") return self.postMessage(await live({ seed: data }));
  await forgetPrepared();
  self.postMessage("ended");
  self.close();
};
