/** How a tree stands with this labferry: what `TreeClaims` answers from. */
import { LabferryError, messageOf } from "../base/mod.ts";
import { errnoOf } from "../disk/mod.ts";

/** A tree whose claim is looked at; the first of an equipment is its own, `<root>/<EQUIPMENT>`. */
export interface Tree {
  readonly key: string;
  readonly equipmentId: string;
  readonly folder: string;
  /** Runs that are files leave it empty: it is made, because the claim on them lies there. */
  readonly isMade: boolean;
}

export type Standing =
  | { readonly kind: "absent" }
  | { readonly kind: "ours" }
  | { readonly kind: "unclaimed"; readonly why: string }
  | { readonly kind: "refused"; readonly error: LabferryError };

/** Runs may go from there, and none is deleted. */
export function unclaimed(error: unknown): Standing {
  if (!(error instanceof LabferryError) && errnoOf(error) === null) throw error;
  return { kind: "unclaimed", why: `its tree cannot be claimed: ${messageOf(error)}` };
}

/** As one that cannot be claimed: its share hangs. */
export function silent({ folder }: Tree): Standing {
  return { kind: "unclaimed", why: `the share of ${folder} does not answer` };
}
