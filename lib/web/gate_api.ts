/** `/api/v1/problems` and `/api/v1/overrides`: what the gate found, and who let what pass. */
import { Hono } from "hono";
import { z } from "zod";
import { readBody } from "./body.ts";
import type { GateControl } from "./gate_control.ts";

const run = z.string().min(1).max(32_768);
const text = z.string().trim().min(1).max(2_000);
const addBody = z.object({
  run,
  class: text,
  operator: text,
  reason: text,
  expires_at: z.string().nullish(),
});
const revokeBody = z.object({ run, id: text, operator: text, reason: text });

export function createGateApi(control: GateControl): Hono {
  const api = new Hono();
  api.get("/problems", async (c) => c.json(await control.problems()));
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
