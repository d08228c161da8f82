/** What the gate finds in all roots: a command has no background audit to ask, and makes one. */
import type { Clock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import {
  auditTree,
  type Finding,
  gatherAudit,
  type PlaceAudit,
  type Problem,
  unmaskedHard,
} from "../gate/mod.ts";
import type { ProblemsView } from "./gate_control.ts";
import { auditOptions } from "./gate_settings.ts";

export async function auditNow(config: Config, clock: Clock): Promise<ProblemsView> {
  const { roots, ...options } = auditOptions(config);
  const findings: Finding[] = [];
  const problems: Problem[] = [];
  const overridden: string[] = [];
  let runs = 0;
  for (const root of roots) {
    const places = auditTree(root, { ...options, roots, now: clock.now() });
    const audit = await gatherAudit(notingOverrides(places, overridden));
    findings.push(...audit.findings);
    problems.push(...audit.problems);
    runs += audit.runs;
  }
  return {
    audited_at: clock.now().toISOString(),
    runs,
    hard: unmaskedHard(findings).length,
    soft: findings.filter(({ tier }) => tier === "soft").length,
    findings,
    problems,
    overridden: overridden.sort(),
  };
}

async function* notingOverrides(
  places: AsyncIterable<PlaceAudit>,
  overridden: string[],
): AsyncGenerator<PlaceAudit> {
  for await (const place of places) {
    if (place.overrides.length > 0) overridden.push(place.path);
    yield place;
  }
}
