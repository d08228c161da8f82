/** Two computers with names of their own; the plug of one is pulled, and its disk is gone. */
import assert from "node:assert/strict";
import { findHeartbeats, fleetStanding } from "../../lib/fleet/mod.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { startComputer } from "./computer.ts";

const STALE_MS = 3_000;

testWith(
  ["root", "namespaces"],
  "a computer that was killed and whose disk is gone is told within the stale time",
  async () => {
    await using dir = await tempDir("labferry-plug-");
    await Deno.mkdir(dir.join("nas"));
    await using flow = await startComputer(dir, "flow-pc", "FLOW_01");
    await using _gel = await startComputer(dir, "gel-pc", "GEL_01");
    const troubles = async () => {
      try {
        const found = await findHeartbeats([dir.join("nas")]);
        const { hosts } = fleetStanding(found, { now: new Date(), staleMs: STALE_MS });
        return new Map(hosts.map(({ host, trouble }) => [host, trouble]));
      } catch (error) {
        if ((error as { code?: string }).code === "not_found") return new Map();
        throw error;
      }
    };
    const are = (flowPc: string, gelPc: string) =>
      until(async () => {
        const now = await troubles();
        return now.get("flow-pc") === flowPc && now.get("gel-pc") === gelPc;
      }, { what: `${flowPc} and ${gelPc}` });
    await are("safe", "safe");
    const before = (await findHeartbeats([dir.join("nas")])).folders.flatMap(({ heartbeats }) =>
      heartbeats
    );
    await flow.pullThePlug();
    await are("silent", "safe");
    assert.equal(before.length, 2);
  },
);
