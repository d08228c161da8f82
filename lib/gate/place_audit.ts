/** What an audit says of one place. */
import type { OverrideEntry } from "../records/mod.ts";
import type { Finding } from "./finding.ts";
import type { Problem } from "./look.ts";
import { maskFindings } from "./verdict.ts";

export interface PlaceAudit {
  readonly kind: "run" | "project" | "equipment" | "root";
  /** Absolute. */
  readonly path: string;
  /** Faults of this place, sorted and masked. */
  readonly findings: readonly Finding[];
  /**
   * Faults of the folders above a run, as they concern this run. An audit of the whole tree lists
   * each once, with the project or equipment; the gate needs them with every run.
   */
  readonly above: readonly Finding[];
  readonly problems: readonly Problem[];
  /** From the record; null where there is none that can be read. */
  readonly syncStatus: string | null;
  readonly overrides: readonly OverrideEntry[];
  /** Files and folders seen. */
  readonly entries: number;
}

const NONE: ReadonlySet<string> = new Set();

/** A place's audit from what was seen of it; what is not given is not there. */
export function placeAudit(
  kind: PlaceAudit["kind"],
  seen: Pick<PlaceAudit, "path" | "findings" | "problems"> & Partial<PlaceAudit> & {
    /** Problem classes that an override covers. */
    readonly active?: ReadonlySet<string>;
  },
): PlaceAudit {
  const { path, findings, problems, active = NONE, syncStatus = null } = seen;
  const { above = [], overrides = [], entries = 0 } = seen;
  const mask = { active, syncStatus };
  return {
    kind,
    path,
    findings: maskFindings(findings, mask),
    above: maskFindings(above, mask),
    problems,
    syncStatus,
    overrides,
    entries,
  };
}
