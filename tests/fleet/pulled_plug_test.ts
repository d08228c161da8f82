/** Two computers with names of their own; the plug of one is pulled, and its disk is gone. */
import assert from "node:assert/strict";
import { findHeartbeats, fleetStanding } from "../../lib/fleet/mod.ts";
import { testWith } from "../support/needs.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const STALE_MS = 3_000;

interface Computer extends AsyncDisposable {
  readonly folder: string;
  /** Everything of it, at this instant; its disk goes with it. */
  pullThePlug(): Promise<void>;
}

async function startComputer(dir: TempDir, host: string, equipment: string): Promise<Computer> {
  const folder = dir.join(host);
  await Deno.mkdir(`${folder}/data`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/config.yaml`,
    `equipment:
  - id: ${equipment}
    label: ${equipment}
    local_root: ${folder}/data
    nas_root: ${dir.join("nas")}
    completeness_signal: manual
    transport: { type: mount, path: ${dir.join("nas", equipment)} }
fleet: { heartbeat_seconds: 0.5 }
status: { port: 0 }
`,
  );
  const labferry =
    `exec "$DENO" run -A --no-check "$MAIN" --config "$PC/config.yaml" --state-dir "$PC/state"`;
  const child = new Deno.Command("unshare", {
    args: [
      "--uts",
      "sh",
      "-c",
      `hostname ${host} && (${labferry} destination init) >&2 && ${labferry} daemon`,
    ],
    env: { DENO: Deno.execPath(), MAIN, PC: folder, HOME: folder, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isOver = false;
  const kill = async () => {
    if (isOver) return;
    isOver = true;
    child.kill("SIGKILL");
    await child.status;
  };
  return {
    folder,
    async pullThePlug() {
      await kill();
      await Deno.remove(folder, { recursive: true });
    },
    [Symbol.asyncDispose]: kill,
  };
}

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
