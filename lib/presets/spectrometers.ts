/** Mass spectrometers and NMR whose runs are folders. */
import { OPEN_DATABASE, type Preset, UNFINISHED } from "./preset.ts";

export const SPECTROMETERS: readonly Preset[] = [
  {
    name: "bruker-timstof",
    instrument: "Bruker timsTOF (.d folders)",
    grade: "C",
    source: "one public program's reader",
    over: "analysis.tdf with analysis.tdf_bin (or .tsf) is there, no journal, quiet for 15 minutes",
    traps: ["a stale -wal beside analysis.tdf truncated 342 of 39,374 indexes at one site"],
    keys: {
      done: { any: ["analysis.tdf_bin", "analysis.tsf_bin"], all: ["analysis.t[ds]f"] },
      forbid: [...OPEN_DATABASE, ...UNFINISHED],
      quiet_minutes: 15,
      stalled_after: "7d",
    },
  },
  {
    name: "bruker-fticr",
    instrument: "Bruker FTICR and MALDI imaging (.d folders)",
    grade: "B",
    source: "public transfer programs agree",
    over: "quiet for 30 minutes",
    traps: [
      "*.mcf_idx-journal is always locked",
      "lock.file, SyncHelper and ProjectCreationHelper are empty, and no data",
    ],
    keys: {
      completeness_signal: "quiet_period",
      quiet_minutes: 30,
      forbid: UNFINISHED,
      expect: ["{ser,fid,analysis.baf}", "*.m/*", "*.mcf"],
      ignore: ["*.mcf_idx-journal", "lock.file", "SyncHelper", "ProjectCreationHelper"],
      stalled_after: "7d",
    },
  },
  {
    name: "waters-masslynx",
    instrument: "Waters MassLynx (.raw folders)",
    grade: "U",
    source: "layout by public readers; that quiet means over is inferred",
    over: "quiet for 60 minutes",
    traps: ["the same ending as a file of Thermo's: here it is a folder"],
    keys: {
      completeness_signal: "quiet_period",
      quiet_minutes: 60,
      forbid: UNFINISHED,
      expect: ["_FUNC*.DAT", "_FUNC*.IDX", "_FUNCTNS.INF"],
      stalled_after: "7d",
    },
  },
  {
    name: "agilent-masshunter",
    instrument: "Agilent MassHunter (.d folders)",
    grade: "B",
    source: "layout by public readers; that quiet means over is inferred",
    over: "quiet for 60 minutes",
    traps: [
      "Windows marks the folder as a system folder",
      "ICP-MS: BatchLog.xml is final only at the end of the sequence",
    ],
    keys: {
      completeness_signal: "quiet_period",
      quiet_minutes: 60,
      forbid: UNFINISHED,
      expect: [
        "AcqData/MSScan.bin",
        "AcqData/{MSPeak,MSProfile}.bin",
        "AcqData/MSTS.xml",
        "AcqData/*.m/*",
      ],
      stalled_after: "7d",
    },
  },
  {
    name: "bruker-topspin",
    instrument: "Bruker NMR TopSpin (<name>/<expno>)",
    grade: "B",
    source: "public programs agree",
    over: "audita.txt tells of an acquisition (created by zg) and of its data's hash",
    traps: [
      "ser is filled with zeros from the start: its size says nothing",
      "pdata is written again whenever somebody processes: that goes as a new generation",
    ],
    keys: {
      done: { text: { file: "**/audita.txt", has: ["created by zg", "data hash"] } },
      forbid: UNFINISHED,
      quiet_minutes: 5,
      stalled_after: "7d",
    },
  },
];
