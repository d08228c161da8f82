/**
 * Which project a watched folder's name says it belongs to: a pure function. A name is used as it stands
 * or refused, never made to fit and never guessed at.
 */
import type { IntakeSettings } from "../config/mod.ts";
import { projectNameFault } from "../records/mod.ts";

export type Placing =
  | { readonly project: string; readonly operator: string | null }
  /** A sentence for people: why nobody can say where it belongs. */
  | { readonly fault: string };

export function placingOf(name: string, { project }: Pick<IntakeSettings, "project">): Placing {
  const named = typeof project === "string" ? { project } : partsOf(name, project.pattern);
  if (named === null) {
    const { pattern } = project as { readonly pattern: string };
    return { fault: `its name does not say its project (intake.project.pattern ${pattern})` };
  }
  const fault = projectNameFault(named.project ?? "");
  if (fault !== null) {
    return {
      fault: `the project in its name, ${JSON.stringify(named.project)}, is none: ${fault}`,
    };
  }
  return { project: named.project!, operator: named.operator || null };
}

interface Parts {
  readonly project?: string;
  readonly operator?: string;
}

function partsOf(name: string, pattern: string): Parts | null {
  return new RegExp(pattern, "u").exec(name)?.groups ?? null;
}
