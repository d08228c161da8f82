/** A `GateControl` that answers from memory and notes what it was asked to change. */
import type { Finding, ListedOverride } from "../../lib/gate/mod.ts";
import type { GateControl, ProblemsView } from "../../lib/control/mod.ts";

export interface FakeGate extends GateControl {
  readonly changes: unknown[];
  view: ProblemsView;
  overridesNow: ListedOverride[];
}

export function fakeGate(findings: Finding[] = []): FakeGate {
  const gate: FakeGate = {
    changes: [],
    overridesNow: [],
    view: {
      audited_at: "2026-11-20T20:18:00.000Z",
      runs: 1,
      hard: findings.filter(({ tier }) => tier === "hard").length,
      soft: findings.filter(({ tier }) => tier === "soft").length,
      findings,
      problems: [],
      overridden: [],
    },
    problems: () => Promise.resolve(gate.view),
    overrides: () => Promise.resolve(gate.overridesNow),
    addOverride: (run, draft) => changed({ run, ...draft }),
    revokeOverride: (run, draft) => changed({ run, ...draft }),
  };
  const changed = (what: unknown) => {
    gate.changes.push(what);
    return Promise.resolve(gate.overridesNow);
  };
  return gate;
}

export function findingOf(about: Partial<Finding> = {}): Finding {
  const run_path = about.run_path ?? "/data/lab/FLOW_01/Panel/Runs/Run_2026-11-20T20-18";
  return {
    rule: "unresolved_placeholder_token",
    tier: "hard",
    run_path,
    offending_path: `${run_path}/scan_<date>.csv`,
    offending_kind: "file_name",
    matched_token: "<date>",
    rule_detail: 'the name still holds "<date>", which a template should have filled',
    synced_under_prior_policy: false,
    override_active: false,
    ...about,
  };
}

export function overrideOf(about: Partial<ListedOverride> = {}): ListedOverride {
  return {
    id: "0b7f7c2e-0000-4000-8000-00000000000a",
    problem_class: "unresolved_placeholder_token",
    operator: "Ada",
    recorded_at: "2026-11-20T20:18:00.000Z",
    reason: "vendor syntax",
    expires_at: null,
    state: "active",
    revokes: null,
    revoked_by: null,
    ...about,
  };
}
