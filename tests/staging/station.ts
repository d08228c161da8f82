/** A lab whose PC is an orchestrator, and runs as other PCs push them into its staging area. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { markDestination } from "../../lib/cli/destination.ts";
import { type RunningDaemon } from "../../lib/daemon/mod.ts";
import { withReceived } from "../../lib/staging/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

export const LIMIT_MS = 60_000;

export async function openStation(
  { hasTransport = true, isOrchestrator = true, cleansUp = false, moreYaml = [] }: {
    readonly hasTransport?: boolean;
    readonly isOrchestrator?: boolean;
    readonly cleansUp?: boolean;
    /** More keys of `orchestrator`. */
    readonly moreYaml?: readonly string[];
  } = {},
): Promise<Station> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-station-"));
  const [staging, nas] = [dir.join("staging"), dir.join("nas")];
  await Deno.mkdir(staging);
  const lab = stack.use(
    await openLab({
      syncYaml: "scan_seconds: 1, settle_seconds: 0",
      moreYaml: [
        // Everything of a test is on one disk.
        `nas_cleanup: { enabled: ${cleansUp}, allow_same_disk: true, min_age_hours: 0 }`,
        "orchestrator:",
        `  enabled: ${isOrchestrator}`,
        `  staging_root: ${JSON.stringify(staging)}`,
        ...moreYaml.map((line) => `  ${line}`),
        ...(hasTransport ? [`  transport: { type: mount, path: ${JSON.stringify(nas)} }`] : []),
      ].join("\n"),
    }),
  );
  const kept = stack.move();
  return { lab, staging, nas, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export interface Station extends AsyncDisposable {
  readonly lab: Lab;
  readonly staging: string;
  /** Below it, what is not configured. */
  readonly nas: string;
}

/** A run as ExLab-Wizard pushes it: its record with the orchestrator's block, its data. */
export async function receive(
  staging: string,
  { equipment, block, files, own }: {
    readonly equipment: string;
    readonly block?: Record<string, unknown>;
    readonly files: Readonly<Record<string, string>>;
    /** labferry's own block of its record. */
    readonly own?: Record<string, unknown>;
  },
): Promise<string> {
  const run = join(staging, equipment, "Cortex Q3", "Runs", "Run_2026-04-17T14-32");
  const all = { ...files };
  if (block) {
    all[".exlab-wizard/creation.json"] = JSON.stringify({
      ...creation(run, block),
      ...(own ? { labferry: own } : {}),
    });
  }
  for (const [name, text] of Object.entries(all)) {
    await Deno.mkdir(dirname(join(run, name)), { recursive: true });
    await Deno.writeTextFile(join(run, name), text);
  }
  return run;
}

function creation(run: string, block: Record<string, unknown>): Record<string, unknown> {
  return {
    schema_version: "1.9",
    created_at: "2026-04-17T14:32:00Z",
    created_by: "asmith",
    level: "run",
    run_kind: "experimental",
    lims_project: { uid: "", short_id: "PROJ-0042", name_at_creation: "Cortex Q3" },
    template: { name: "none", version: "1", source_path: "" },
    variables: {},
    paths: { local: run, nas: "//nas01/lab" },
    orchestrator: { enabled: true, host: "labpc-04", label: "Station 1", ...block },
  };
}

export async function markReceived(lab: Lab): Promise<void> {
  await markDestinations(lab);
  const known = new KnownDestinations(lab.stateDir.path);
  const { signal } = new AbortController();
  for (const equipment of (await withReceived(lab.config)).equipment) {
    await markDestination(equipment, { known, stateDir: lab.stateDir, signal });
  }
}

export function untilVerified(daemon: RunningDaemon, run: string): Promise<void> {
  return until(async () => {
    const job = (await daemon.control.jobs({})).find(({ run_path }) => run_path === run);
    assert.notEqual(job?.state, "failed", JSON.stringify(job));
    return job?.state === "verified";
  }, { what: `${run} to be proven`, limitMs: LIMIT_MS });
}
