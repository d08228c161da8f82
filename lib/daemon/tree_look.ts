/** Who looks after an equipment's trees, for whoever only looks (`labferry doctor`). */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { errnoOf, readOrNull } from "../disk/mod.ts";
import { installationMoved } from "./installation.ts";
import { TreeClaims, type TreeClaimsOptions } from "./tree_claims.ts";

const OF_THE_STATE = ["installation.json", "trees.json"];

/**
 * Why this labferry would stay away from the equipment's runs; null as a rule. Asked with copies of what the
 * state directory knows, because a service makes there what is missing: nothing is made, there or in a tree.
 *
 * @returns `installation_moved`, `tree_served`, `installation_twice`
 * @throws LabferryError `permission_denied` when the state directory is another account's
 */
export async function whoElseLooksAfter(
  equipmentId: string,
  { config, stateDir, clock }: Pick<TreeClaimsOptions, "config" | "stateDir" | "clock">,
): Promise<LabferryError | null> {
  const copy = { path: await Deno.makeTempDir({ prefix: "labferry-look-" }) };
  try {
    for (const name of OF_THE_STATE) await copyOf(name, { from: stateDir.path, to: copy.path });
    const moved = await installationMoved(copy, clock);
    if (moved) return moved;
    const claims = new TreeClaims({ config, stateDir: copy, clock, log: () => {}, serves: false });
    return await claims.refusal(equipmentId);
  } finally {
    await Deno.remove(copy.path, { recursive: true });
  }
}

async function copyOf(name: string, { from, to }: { from: string; to: string }): Promise<void> {
  const path = join(from, name);
  try {
    const bytes = await readOrNull(path);
    if (bytes !== null) await Deno.writeFile(join(to, name), bytes, { mode: 0o600 });
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    throw new LabferryError("permission_denied", `${path} cannot be read: ${errnoOf(error)}`, {
      path,
      hint: "run labferry doctor as the account that the service runs as",
      cause: error,
    });
  }
}
