/** Lives on several threads at once, each thread one after the other. */
import type { LifeEnd } from "./life.ts";
import type { ToWorker } from "./worker.ts";

export interface CrewOptions {
  readonly first: number;
  readonly lives: number;
  readonly threads: number;
  /** In the order in which they end; false: no other life is begun. */
  readonly onLife: (end: LifeEnd) => boolean;
}

/** @throws what the simulation itself failed with */
export async function liveOnThreads({ first, lives, threads, onLife }: CrewOptions): Promise<void> {
  let seed = first;
  let isOver = false;
  const next = (): ToWorker => isOver || seed >= first + lives ? "end" : seed++;
  await Promise.all(Array.from({ length: threads }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<LifeEnd | "ended">) => {
      if (data === "ended") {
        worker.terminate();
        return resolve();
      }
      if (!onLife(data)) isOver = true;
      worker.postMessage(next());
    };
    worker.onerror = (event) => {
      event.preventDefault();
      isOver = true;
      worker.terminate();
      reject(new Error(event.message));
    };
    worker.postMessage(next());
    return promise;
  }));
}
