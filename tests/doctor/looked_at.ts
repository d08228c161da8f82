/** A lab looked at by `labferry doctor`, as a program, and its lines by what they speak of. */
import type { Line } from "../../lib/doctor/mod.ts";
import type { Lab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

export interface LookedAt {
  readonly code: number;
  readonly stderr: string;
  readonly lines: readonly Line[];
  /** `level code` of each line of a check, of one subject where it is named: `ok`, `fault no_locks`. */
  of(check: string, about?: string): string[];
}

export async function lookedAt(
  lab: Pick<Lab, "configFile" | "stateDir" | "env">,
  args: readonly string[] = [],
): Promise<LookedAt> {
  const { code, stderr, json } = await labferry(lab, ["doctor", "--json", ...args]);
  const lines: Line[] = json().lines;
  return { code, stderr, lines, of: (check, about) => verdicts(lines, { check, about }) };
}

export function verdicts(
  lines: readonly Line[],
  { check, about }: { readonly check: string; readonly about?: string | undefined },
): string[] {
  return lines
    .filter((line) => line.check === check && (about === undefined || line.about === about))
    .map((line) => line.level === "ok" ? "ok" : `${line.level} ${line.code}`);
}
