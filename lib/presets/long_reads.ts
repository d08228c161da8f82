/** Sequencers of long reads, and Element's: folders whose end is told by a file in each part. */
import { type Preset, UNFINISHED } from "./preset.ts";

export const LONG_READS: readonly Preset[] = [
  {
    name: "minknow",
    instrument: "Oxford Nanopore MinKNOW",
    grade: "A",
    source: "the maker's description of MinKNOW's output",
    over: "final_summary_*.txt is there: it is written after all other files",
    traps: ["pooling puts several runs in one folder: watch the folder of one run"],
    keys: {
      origin: ["minknow"],
      done: { any: ["final_summary_*.txt", "*/final_summary_*.txt", "*/*/final_summary_*.txt"] },
      forbid: UNFINISHED,
      stalled_after: "7d",
    },
  },
  {
    name: "pacbio-sequel-2",
    instrument: "PacBio Sequel II",
    grade: "B",
    source: "public transfer programs agree",
    over: "each cell's folder has a file *.transferdone",
    traps: [
      "an aborted cell never gets one: the run is shown as stalled, and a person says it is over",
    ],
    keys: {
      done: { count_equals: { a: "*/*.transferdone", b: "*/" } },
      forbid: UNFINISHED,
      quiet_minutes: 60,
      stalled_after: "7d",
    },
  },
  {
    name: "pacbio-revio",
    instrument: "PacBio Revio",
    grade: "B",
    source: "public transfer programs agree",
    over: "as many metadata/*.transferdone as there are cells",
    traps: ["Transfer_Test_*.txt only says that a cell was begun"],
    keys: {
      done: { count_equals: { a: "*/metadata/*.transferdone", b: "*/" } },
      forbid: UNFINISHED,
      quiet_minutes: 60,
      stalled_after: "7d",
    },
  },
  {
    name: "element-aviti",
    instrument: "Element AVITI",
    grade: "B",
    source: "public programs agree",
    over: "RunUploaded.json is there; it says how the run ended",
    traps: ["Teton runs and pressure checks have other files: complete those by hand"],
    keys: {
      done: { all: ["RunUploaded.json"] },
      forbid: UNFINISHED,
      outcome: {
        json: { file: "RunUploaded.json", key: "outcome" },
        completed: ["OutcomeCompleted"],
        failed: ["OutcomeFailed"],
      },
      stalled_after: "7d",
    },
  },
];
