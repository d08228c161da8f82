/** `mode_prefix_mismatch`: the signals that tell an experimental run from a test do not agree. */
import { KIND_NAMES, type RunKind } from "../../records/mod.ts";
import type { Hit } from "../finding.ts";

export interface ModeSignals {
  /** The folder the run is in: `Runs` or `TestRuns` when all is well. */
  readonly parentFolder: string;
  /** The run's own folder: begins with `Run_` or `TestRun_` when all is well. */
  readonly leaf: string;
  /** What the record says; null when there is no record that can be read. */
  readonly runKind: string | null;
}

export function modePrefixMismatch(signals: ModeSignals): Hit | null {
  const { parentFolder, leaf, runKind } = signals;
  const byParent = kindOfFolder(parentFolder);
  const byLeaf = kindOfLeaf(leaf);
  const agree = byParent !== null && byParent === byLeaf &&
    (runKind === null || runKind === byParent);
  if (agree) return null;
  const says = [
    `folder ${JSON.stringify(parentFolder)} says ${byParent ?? "neither"}`,
    `name ${JSON.stringify(leaf)} says ${byLeaf ?? "neither"}`,
  ];
  if (runKind !== null) says.push(`the record says ${runKind}`);
  return {
    rule: "mode_prefix_mismatch",
    tier: "hard",
    token: leaf,
    detail: `experimental or test? ${says.join(", ")}`,
  };
}

/** The kind of run a folder is for; null for any other folder. */
export function kindOfFolder(folder: string): RunKind | null {
  return KINDS.find((kind) => KIND_NAMES[kind].folder === folder) ?? null;
}

/** The kind a run's own name claims; null when it has neither prefix. */
export function kindOfLeaf(leaf: string): RunKind | null {
  return KINDS.find((kind) => leaf.startsWith(KIND_NAMES[kind].prefix)) ?? null;
}

const KINDS = ["experimental", "test"] as const;
