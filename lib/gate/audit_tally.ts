/** What an audit found so far, place by place: all of it counted, and as much of it kept as asked. */
import { compareUtf8 } from "../base/mod.ts";
import { compareFindings, type Finding } from "./finding.ts";
import type { Problem } from "./look.ts";
import type { PlaceAudit } from "./place_audit.ts";

export class AuditTally {
  runs = 0;
  /** Hard findings that no override covers. */
  hard = 0;
  soft = 0;
  readonly #most: number;
  readonly #findings: Finding[] = [];
  readonly #problems: Problem[] = [];
  readonly #overridden: string[] = [];

  /** `mostKept` bounds each of the lists. */
  constructor({ mostKept = Infinity }: { readonly mostKept?: number } = {}) {
    this.#most = mostKept;
  }

  add(place: PlaceAudit): void {
    if (place.kind === "run") this.runs++;
    if (place.overrides.length > 0) this.#keep(this.#overridden, place.path);
    for (const finding of place.findings) {
      if (finding.tier === "hard" && !finding.override_active) this.hard++;
      if (finding.tier === "soft") this.soft++;
      this.#keep(this.#findings, finding);
    }
    for (const problem of place.problems) this.addProblem(problem);
  }

  addProblem(problem: Problem): void {
    this.#keep(this.#problems, problem);
  }

  get findings(): Finding[] {
    return this.#findings.toSorted(compareFindings);
  }

  get problems(): Problem[] {
    return this.#problems.toSorted((a, b) =>
      compareUtf8(a.path, b.path) || compareUtf8(a.code, b.code)
    );
  }

  /** Paths of what has overrides in its record, whatever has become of them. */
  get overridden(): string[] {
    return this.#overridden.toSorted();
  }

  #keep<T>(list: T[], one: T): void {
    if (list.length < this.#most) list.push(one);
  }
}
