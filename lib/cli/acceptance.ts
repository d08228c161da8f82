/** `--accept-missing --operator NAME --reason TEXT`: a loss is accepted by a name and with a reason. */
import { LabferryError } from "../base/mod.ts";

export interface AcceptanceFlags {
  readonly acceptMissing?: boolean;
  readonly operator?: string;
  readonly reason?: string;
}

/** @throws LabferryError `usage` when one of the three is there without the others */
export function acceptanceOf(
  { acceptMissing, operator, reason }: AcceptanceFlags,
): { readonly operator: string; readonly reason: string } | null {
  const given = [operator, reason].map((text) => text?.trim() ?? "");
  const [name, why] = given as [string, string];
  if (acceptMissing && name !== "" && why !== "") return { operator: name, reason: why };
  if (!acceptMissing && operator === undefined && reason === undefined) return null;
  throw new LabferryError(
    "usage",
    "A loss is accepted with --accept-missing, a name and a reason",
    {
      why: acceptMissing
        ? `${name === "" ? "--operator" : "--reason"} is missing`
        : "--operator and --reason alone accept nothing",
      hint: "add --accept-missing --operator NAME --reason TEXT",
    },
  );
}
