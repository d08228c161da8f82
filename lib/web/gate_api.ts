/** `/api/v1/problems` and `/api/v1/overrides`: what the gate found, and who let what pass. */
import { Hono } from "hono";
import { z } from "zod";
import { explainRule, groupFindings, RULES } from "../gate/mod.ts";
import { readBody, readQuery } from "./body.ts";
import type { GateControl, ProblemsView } from "../control/mod.ts";

const run = z.string().min(1).max(32_768);
const text = z.string().trim().min(1).max(2_000);
const addBody = z.object({
  run,
  class: text,
  operator: text,
  reason: text,
  expires_at: z.string().nullish(),
});
const problemsQuery = z.object({ limit: z.coerce.number().int().min(0).optional() });
const revokeBody = z.object({ run, id: text, operator: text, reason: text });

export function createGateApi(control: GateControl): Hono {
  const api = new Hono();
  api.get("/problems", async (c) => {
    const { limit } = readQuery(c, problemsQuery);
    return c.json(problemsAnswer(await control.problems(), limit));
  });
  api.get(
    "/overrides",
    async (c) => c.json({ overrides: await control.overrides(c.req.query("run") ?? "") }),
  );
  api.post("/overrides", async (c) => {
    const { run, ...draft } = await readBody(c, addBody);
    return c.json({ overrides: await control.addOverride(run, draft) });
  });
  api.post("/overrides/revoke", async (c) => {
    const { run, ...draft } = await readBody(c, revokeBody);
    return c.json({ overrides: await control.revokeOverride(run, draft) });
  });
  return api;
}

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
