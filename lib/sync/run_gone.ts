/** The failure of a run whose folder is not there any more. */
import { TransportError } from "../transports/mod.ts";

export function runGone(runPath: string, cause: unknown): TransportError {
  return new TransportError("source_vanished", "The run's folder is gone", {
    path: runPath,
    why: "nothing is at that path any more",
    hint: "put it back and run `labferry retry`, or cancel the run",
    cause,
  });
}
