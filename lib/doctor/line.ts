/** What a check says: a line each, and whoever has to do something is told what. */
import type { Code, LabferryError } from "../base/mod.ts";

export type Said =
  | { readonly level: "ok"; readonly message: string }
  | {
    readonly level: "warning" | "fault";
    readonly message: string;
    /** As in `docs/recovery.md`. */
    readonly code: Code;
    /** What to do. */
    readonly hint: string;
  };

export type Line = Said & {
  readonly check: string;
  /** The folder, instrument or tool it speaks of; null where there is but one. */
  readonly about: string | null;
};

interface Trouble {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

export function ok(message: string): Said {
  return { level: "ok", message };
}

/** labferry works, and something may go wrong or is not as good as it could be. */
export function warning({ code, message, hint }: Trouble): Said {
  return { level: "warning", code, message, hint };
}

/** Runs are not carried, or data is not safe, until somebody has done what the hint says. */
export function fault({ code, message, hint }: Trouble): Said {
  return { level: "fault", code, message, hint };
}

/** An error as a fault; `hint` where it has none of its own. */
export function faultOf({ code, message, hint }: LabferryError, otherwise: string): Said {
  return fault({ code, message, hint: hint ?? otherwise });
}
