/** One entry of `equipment` made whole: its signal with what it needs, its one transport. */
import type { Completeness, Equipment, TransportSettings } from "./config.ts";
import { DEFAULT_QUIET_MINUTES } from "./defaults.ts";
import type { Complaint, KeyPath } from "./problems.ts";
import { expandHome, type ResolveContext } from "./resolve.ts";
import { resolveBandwidth } from "./schema_bandwidth.ts";
import type { TransportEntry } from "./schema_transport.ts";
import { resolveTransport as resolveEntry } from "./transports/mod.ts";
import { resolveDone, resolveRunRules } from "./schema_run_rules.ts";
import { type EquipmentEntry, sinceMs } from "./schema_equipment.ts";

/** What is known while one entry is read. */
interface EquipmentContext extends ResolveContext {
  /** `["equipment", 3]`. */
  readonly base: KeyPath;
}

/** null when a complaint was made that leaves no equipment to speak of. */
export function resolveEquipment(
  entry: EquipmentEntry,
  context: EquipmentContext,
): Equipment | null {
  const completeness = resolveCompleteness(entry, context);
  const transport = resolveTransport(entry, context);
  if (completeness === null || transport === null) return null;
  const path = (text: string, key: KeyPath) => pathAt(key, { ...context, text });
  return {
    id: entry.id,
    label: entry.label ?? entry.id,
    localRoot: path(entry.local_root, ["local_root"]),
    nasRoot: path(entry.nas_root, ["nas_root"]),
    syncMode: entry.sync_mode,
    ...stagedByOf(entry),
    completeness,
    rules: resolveRunRules(entry),
    intake: resolveIntake(entry, context),
    pull: resolvePull(entry, context),
    session: resolveSession(entry, context),
    origin: entry.origin,
    headStart: resolveHeadStart(entry, context),
    expectEveryHours: entry.expect_every_hours ?? null,
    transport,
  };
}

function resolvePull(
  { pull_anchor: anchor, pull_address: address, pull_may_delete: mayDelete, ...entry }:
    EquipmentEntry,
  context: EquipmentContext,
): Equipment["pull"] {
  const complain = (key: string, { what, hint }: Pick<Complaint, "what" | "hint">) =>
    context.complain({ keyPath: [...context.base, key], what, ...(hint ? { hint } : {}) });
  if (anchor === undefined) {
    const needs = "pull_anchor says that the runs lie on another PC's share";
    if (address !== undefined) {
      complain("pull_address", { what: "says nothing without pull_anchor", hint: needs });
    }
    if (mayDelete !== undefined) {
      complain("pull_may_delete", { what: "says nothing without pull_anchor", hint: needs });
    }
    return null;
  }
  if (entry.intake?.mode === "move") {
    complain("pull_anchor", {
      what: "contradicts intake.mode move",
      hint: "nothing is written on the share",
    });
  }
  const root = pathAt(["local_root"], { ...context, text: entry.local_root });
  const path = `${root.replace(/[/\\]+$/, "")}/${anchor}`;
  return { anchor: path, address: address ?? null, mayDelete: mayDelete ?? false };
}

function resolveSession(
  { id, session }: EquipmentEntry,
  { base, complain }: EquipmentContext,
): Equipment["session"] {
  if (session === undefined) return null;
  if (!session.parts.includes(id)) {
    const what = `does not name ${id} itself`;
    complain({
      keyPath: [...base, "session", "parts"],
      what,
      hint: "name every part, this one too",
    });
  }
  return { id: session.id, parts: [...new Set(session.parts)] };
}

function resolveIntake(
  { intake }: EquipmentEntry,
  context: EquipmentContext,
): Equipment["intake"] {
  if (intake === undefined) return null;
  const { project, mode, run } = intake;
  const watch = intake.watch.map((text, i) => pathAt(["intake", "watch", i], { ...context, text }));
  const existing = typeof intake.existing === "string"
    ? intake.existing
    : { sinceMs: sinceMs(intake.existing.since)! };
  if (run?.kind !== "files") return { watch, project, mode, existing, run: { kind: "folder" } };
  if (mode === "move") {
    context.complain({
      keyPath: [...context.base, "intake", "mode"],
      what: "files are not moved: their runs' records lie in the state directory",
      hint: "leave mode out",
    });
  }
  return { watch, project, mode, existing, run: filesRun(run) };
}

function filesRun(
  { match, group, beside }: { match: string; group: string; beside?: string | undefined },
): NonNullable<Equipment["intake"]>["run"] {
  return { kind: "files", match, group, ...(beside === undefined ? {} : { beside }) };
}

/** What is sent early has to stay where it is: here, so that its owner is known, and over there. */
function resolveHeadStart(
  { head_start: headStart, sync_mode: mode, intake, pull_anchor: anchor }: EquipmentEntry,
  { base, complain }: EquipmentContext,
): boolean {
  if (!headStart) return false;
  const why = mode === "stage"
    ? "an orchestrator would take half a run for a whole one"
    : anchor !== undefined
    ? "on another computer's share nobody knows what is still being written"
    : intake?.mode === "move"
    ? "runs that are moved into the layout have no place before"
    : intake?.run?.kind === "files"
    ? "runs that are files are sent when they are complete"
    : null;
  if (why === null) return true;
  complain({ keyPath: [...base, "head_start"], what: why, hint: "leave head_start out" });
  return false;
}

function resolveCompleteness(
  entry: EquipmentEntry,
  { base, complain }: EquipmentContext,
): Completeness | null {
  const signal = entry.completeness_signal;
  const needs = (key: string) => {
    const hint = `completeness_signal ${signal} needs it`;
    complain({ keyPath: [...base, key], what: "missing", hint });
  };
  const refuseDone = () => {
    if (entry.done === undefined) return;
    const hint = `leave one of them out: completeness_signal ${signal} does not ask for it`;
    complain({ keyPath: [...base, "done"], what: "contradicts completeness_signal", hint });
  };
  switch (signal) {
    case "done":
      if (entry.done === undefined) {
        needs("done");
        return null;
      }
      return {
        signal: "done",
        done: resolveDone(entry.done),
        quietMinutes: entry.quiet_minutes ?? 0,
      };
    case "sentinel_file": {
      refuseDone();
      const names = entry.sentinel_filename;
      if (names === undefined || names === "") {
        needs("sentinel_filename");
        return null;
      }
      return { signal: "sentinel_file", filenames: typeof names === "string" ? [names] : names };
    }
    case "manifest":
      refuseDone();
      if (!entry.manifest_filename) {
        needs("manifest_filename");
        return null;
      }
      return { signal: "manifest", filename: entry.manifest_filename };
    case "quiet_period":
      refuseDone();
      return { signal: "quiet_period", quietMinutes: entry.quiet_minutes ?? DEFAULT_QUIET_MINUTES };
    case "manual":
      refuseDone();
      return { signal: "manual" };
  }
}

function stagedByOf(
  { sync_mode, orchestrator_staging_transport: staging }: EquipmentEntry,
): Pick<Equipment, "stagedBy"> {
  if (sync_mode !== "stage" || staging === undefined) return {};
  return { stagedBy: staging.type === "file_transfer" ? "file_transfer" : "smb_mount" };
}

function resolveTransport(
  entry: EquipmentEntry,
  context: EquipmentContext,
): TransportSettings | null {
  const needs = (key: string, hint: string) =>
    context.complain({ keyPath: [...context.base, key], what: "missing", hint });
  if (entry.sync_mode === "nas") {
    if (entry.transport !== undefined) {
      return resolveNasTransport(entry, entry.transport, context);
    }
    needs("transport", "it says how runs reach the NAS");
    return null;
  }
  const staging = entry.orchestrator_staging_transport;
  if (staging === undefined) {
    needs("orchestrator_staging_transport", "sync_mode stage needs it");
    return null;
  }
  const mountPoint = pathAt(["orchestrator_staging_transport", "mount_point"], {
    ...context,
    text: staging.mount_point,
  });
  // The staging area has the layout's shape, in which the first folder is the equipment's.
  const subpath = staging.staging_subpath ?? entry.id;
  return {
    type: "mount",
    path: `${mountPoint.replace(/[/\\]+$/, "")}/${subpath}`,
    bandwidth: resolveBandwidth(staging.bandwidth),
  };
}

function resolveNasTransport(
  entry: EquipmentEntry,
  transport: TransportEntry,
  context: EquipmentContext,
): TransportSettings | null {
  return resolveEntry(transport, {
    nasRoot: entry.nas_root,
    bandwidth: resolveBandwidth(transport.bandwidth),
    pathAt: (key, text) => pathAt(key, { ...context, text }),
    complain: (key, what) => context.complain({ keyPath: [...context.base, ...key], what }),
  });
}

/** The path that stands at a key of the entry, `~` written out. */
function pathAt(key: KeyPath, { text, ...context }: EquipmentContext & { readonly text: string }) {
  return expandHome(text, { ...context, keyPath: [...context.base, ...key] });
}
