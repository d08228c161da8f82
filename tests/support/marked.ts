/** Marks every destination of a lab as ours, as `labferry destination init` does. */
import { markDestination } from "../../lib/cli/destination.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import type { Lab } from "./lab.ts";

export async function markDestinations(lab: Lab): Promise<void> {
  const known = new KnownDestinations(lab.stateDir.path);
  for (const equipment of lab.config.equipment) {
    await markDestination(equipment, {
      known,
      stateDir: lab.stateDir,
      signal: new AbortController().signal,
    });
  }
}
