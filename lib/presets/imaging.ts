/** Microscopes, screening readers and probes whose runs are folders. */
import { type NoPreset, OPEN_DATABASE, type Preset, UNFINISHED } from "./preset.ts";

export const IMAGING: readonly Preset[] = [
  {
    name: "cryo-em",
    instrument: "EPU and Tomo5 (cryo-EM session folders)",
    grade: "C",
    source: "public transfer programs",
    over: "quiet for 4 hours, or a person says so",
    traps: ["sessions last days", "movies and metadata lie on different disks: two sources"],
    keys: {
      completeness_signal: "quiet_period",
      quiet_minutes: 240,
      forbid: UNFINISHED,
      stalled_after: "14d",
    },
  },
  {
    name: "opera-phenix",
    instrument: "Opera Phenix and Operetta (Measurement folders)",
    grade: "C",
    source: "one public program's reader",
    over:
      "Index.idx.xml, Index.xml or index.ref.xml is there, and it has been quiet for 15 minutes",
    traps: ["that the index comes last is documented nowhere"],
    keys: {
      done: { any: ["Index.idx.xml", "Index.xml", "index.ref.xml", "Images/Index*.xml"] },
      forbid: UNFINISHED,
      quiet_minutes: 15,
      stalled_after: "7d",
    },
  },
  {
    name: "spikeglx",
    instrument: "SpikeGLX (<run>_g<n> folders)",
    grade: "C",
    source: "the maker's description of .meta files; that they are final is from its source code",
    over: "every .meta says the size that its .bin has, and its SHA-1",
    traps: ["one run may lie on several disks: one equipment each, and a session over both"],
    keys: {
      origin: ["spikeglx"],
      done: {
        meta_size: {
          meta: "**/*.meta",
          key: "fileSizeBytes",
          of: ".bin",
          filled: ["fileSHA1"],
        },
      },
      forbid: UNFINISHED,
      stalled_after: "7d",
    },
  },
  {
    name: "open-ephys",
    instrument: "Open Ephys",
    grade: "U",
    source: "the layout of its binary format; that quiet means over is inferred",
    over: "structure.oebin is there, and it has been quiet for 30 minutes",
    traps: ["structure.oebin is there from the start of a recording"],
    keys: {
      done: { all: ["**/structure.oebin"] },
      forbid: [...OPEN_DATABASE, ...UNFINISHED],
      quiet_minutes: 30,
      stalled_after: "7d",
    },
  },
];

export const WITHOUT_PRESET: readonly NoPreset[] = [
  {
    instrument: "FCS, XRD, Biacore, plate readers, qPCR",
    why: "each maker's file ends in its own way, and no public source says which is last",
    instead:
      "intake.run: { kind: files, match: … } with quiet_minutes of more than its longest pause",
  },
];
