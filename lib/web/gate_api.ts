/** `/api/v1/problems` and `/api/v1/overrides`: what the gate found, and who let what pass. */
import { Hono } from "hono";
import { explainRule, groupFindings, RULES } from "../gate/mod.ts";
import { body, described, query } from "./asked.ts";
import type { GateControl, ProblemsView } from "../control/mod.ts";
import { overridesShape, problemsShape } from "./schemas/gate.ts";
import { overrideBody, overridesQuery, problemsQuery, revokeBody } from "./schemas/requests.ts";

const OVERRIDES = { shape: overridesShape };

// deno-lint-ignore explicit-module-boundary-types -- the type is what the chain says
export function createGateApi(control: GateControl) {
  return new Hono()
    .get(
      "/problems",
      described("What the last audit found, with each rule in plain words; limit", {
        shape: problemsShape,
      }),
      query(problemsQuery),
      async (c) => c.json(problemsAnswer(await control.problems(), c.req.valid("query").limit)),
    )
    .get(
      "/overrides",
      described("Who let what pass; query: run, its path", OVERRIDES),
      query(overridesQuery),
      async (c) => c.json({ overrides: await control.overrides(c.req.valid("query").run) }),
    )
    .post(
      "/overrides",
      described("Let a rule pass: {run, class, operator, reason, expires_at?}", OVERRIDES),
      body(overrideBody),
      async (c) => {
        const { run, ...draft } = c.req.valid("json");
        return c.json({ overrides: await control.addOverride(run, draft) });
      },
    )
    .post(
      "/overrides/revoke",
      described("Take an override back: {run, id, operator, reason}", OVERRIDES),
      body(revokeBody),
      async (c) => {
        const { run, ...draft } = c.req.valid("json");
        return c.json({ overrides: await control.revokeOverride(run, draft) });
      },
    );
}

/** The routes with what they take and answer, for the client. */
export type GateApi = ReturnType<typeof createGateApi>;

/** In plain words, so that a reader of the answer needs no manual. */
const EXPLANATIONS = Object.fromEntries(RULES.map((rule) => [rule, explainRule(rule)]));

/** At most `limit` findings and places, hard ones first; the groups count all that were kept. */
function problemsAnswer({ findings, problems, ...view }: ProblemsView, limit?: number) {
  return {
    ...view,
    findings: findings.slice(0, limit),
    problems: problems.slice(0, limit),
    groups: groupFindings(findings, 0).map(({ rule, tier, count, overridden, runs }) => ({
      rule,
      tier,
      count,
      overridden,
      runs,
    })),
    explanations: EXPLANATIONS,
  };
}
