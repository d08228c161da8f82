/**
 * What is acquired in the demo: which run, with which files, on which instrument. About 190 MB in
 * six runs: large enough to be seen moving, small enough for any disk.
 */
import type { RunKind } from "../records/mod.ts";
import { type Chunks, fcsFile, omeXml, plateCsv, tiffPlane } from "./demo_content.ts";

export interface PlannedFile {
  /** Below the run, with `/`. */
  readonly path: string;
  readonly chunks: () => Chunks;
}

export interface PlannedRun {
  readonly project: string;
  readonly kind: RunKind;
  readonly files: readonly PlannedFile[];
}

export interface PlannedInstrument {
  readonly equipmentId: string;
  /** Acquired one after the other, as on a real instrument. */
  readonly runs: readonly PlannedRun[];
}

const MB = 1_000_000;
const MARKERS = ["FSC-A", "SSC-A", "CD3", "CD4", "CD8", "CD19", "Time"];

/** Legal everywhere, and a trap for whatever would hand names to a shell or parse them as options. */
export const HOSTILE_NAME = "-rf $(touch pwned); & 'plate' #7 %PATH% 日本語 µM 😀.csv";

export const PLAN: readonly PlannedInstrument[] = [
  {
    equipmentId: "CONFOCAL_01",
    runs: [confocalRun("Cortex Q3", 24), confocalRun("Cortex Q3", 12)],
  },
  {
    equipmentId: "FLOW_01",
    runs: [
      cytometerRun("test", 2),
      cytometerRun("experimental", 8),
    ],
  },
  {
    equipmentId: "PLATE_01",
    runs: [
      plateRun("Dose Response", ["cycle 1.csv", "cycle 2.csv", "cycle 3.csv"]),
      plateRun("Dose Response", ["cycle 1.csv", HOSTILE_NAME, "#;`id` [draft] {a,b}.csv"]),
    ],
  },
];

/** What the lab's other computer acquires. */
export const NEIGHBOUR: PlannedInstrument = {
  equipmentId: "GEL_01",
  runs: [{
    project: "Western Blots",
    kind: "experimental",
    files: [{ path: "gel 1.tif", chunks: () => tiffPlane(MB) }],
  }],
};

function confocalRun(project: string, planes: number): PlannedRun {
  const names = Array.from({ length: planes }, (_, z) => `z${String(z).padStart(3, "0")}.tif`);
  return {
    project,
    kind: "experimental",
    files: [
      { path: "stack.companion.ome.xml", chunks: () => omeXml(names) },
      ...names.map((name) => ({ path: `planes/${name}`, chunks: () => tiffPlane(4 * MB) })),
    ],
  };
}

function cytometerRun(kind: RunKind, tubes: number): PlannedRun {
  const files = Array.from({ length: tubes }, (_, tube) => ({
    path: `tube_${String(tube + 1).padStart(2, "0")}.fcs`,
    chunks: () => fcsFile(4 * MB, MARKERS),
  }));
  return { project: "Immune Panel 7", kind, files };
}

function plateRun(project: string, names: readonly string[]): PlannedRun {
  const files = names.map((path, cycle) => ({ path, chunks: () => plateCsv(cycle + 1) }));
  return { project, kind: "experimental", files };
}
