/**
 * Where `restore --to` writes nothing, whatever the account may: among the files of another run, which
 * would be taken for data of that run and sent; at a destination, where all that lies there is a copy of
 * something here; and in labferry's own state.
 */
import { dirname, join, resolve } from "node:path";
import { isWithin, LabferryError } from "../base/mod.ts";
import { type Config, stagingRootOf } from "../config/mod.ts";
import { placeToBe } from "../custody/mod.ts";
import { lstatOrNull, realPathOrNull } from "../disk/mod.ts";
import { IDENTITY_FILE } from "../transports/mod.ts";

/** @throws LabferryError `usage` */
export async function refuseDestination(to: string): Promise<void> {
  const real = await placeToBe(resolve(to));
  for (let at = real, above = ""; at !== above; [at, above] = [dirname(at), at]) {
    if (await lstatOrNull(join(at, IDENTITY_FILE))) throw lookedAfter(to, `the destination ${at}`);
  }
}

/** @throws LabferryError `usage` */
export async function refuseLookedAfter(
  to: string,
  { config, stateDir }: { readonly config: Config; readonly stateDir: string },
): Promise<void> {
  await refuseDestination(to);
  const real = await placeToBe(resolve(to));
  const ours: [what: string, folder: string][] = [["labferry's state", stateDir]];
  const staging = stagingRootOf(config);
  if (staging !== null) ours.push(["the staging area", staging]);
  for (const { id, localRoot, intake } of config.equipment) {
    ours.push([`the runs of ${id}`, join(localRoot, id)]);
    for (const folder of intake?.watch ?? []) ours.push([`what is watched for ${id}`, folder]);
  }
  for (const [what, folder] of ours) {
    if (isWithin(real, await realPathOrNull(folder) ?? resolve(folder))) {
      throw lookedAfter(to, `${what} (${folder})`);
    }
  }
}

function lookedAfter(to: string, what: string): LabferryError {
  return new LabferryError("usage", `Nothing is restored to ${to}`, {
    path: to,
    why: `it lies within ${what}, and would be taken for a part of it`,
    hint: "name a folder of its own with --to; without --to a run comes back to its own place",
  });
}
