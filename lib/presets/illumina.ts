/** Sequencers of Illumina: a folder a run, with a marker when the copy to the output folder has ended. */
import { type Preset, UNFINISHED } from "./preset.ts";

const COPY = {
  done: { all: ["CopyComplete.txt"] },
  forbid: UNFINISHED,
  stalled_after: "7d",
} as const;

export const ILLUMINA: readonly Preset[] = [
  {
    name: "illumina-novaseq-6000",
    instrument: "Illumina NovaSeq 6000",
    grade: "B",
    source: "public transfer and demultiplexing programs agree",
    over: "RTAComplete.txt and CopyComplete.txt are there",
    traps: [
      "SequenceComplete.txt comes too early",
      "small runs were cleaned on RTAComplete.txt alone, before the copy had ended",
    ],
    keys: { ...COPY, done: { all: ["RTAComplete.txt", "CopyComplete.txt"] } },
  },
  {
    name: "illumina-novaseq-x",
    instrument: "Illumina NovaSeq X",
    grade: "B",
    source: "the maker's output description for the files, public programs for their order",
    over: "CopyComplete.txt is there; RunCompletionStatus.xml says how it ended",
    traps: [
      "Analysis/<n>/ ends later, with a CopyComplete.txt of its own: it goes as a second generation",
    ],
    keys: {
      ...COPY,
      outcome: {
        xml: { file: "RunCompletionStatus.xml", path: "RunCompletionStatus/RunStatus" },
        completed: ["RunCompleted"],
        failed: ["RunErrored"],
      },
    },
  },
  {
    name: "illumina-nextseq-1000",
    instrument: "Illumina NextSeq 1000 and 2000, MiSeq i100",
    grade: "B",
    source: "the maker's output description, and public programs",
    over: "CopyComplete.txt is there",
    traps: ["the output folder mirrors a temporary one: watch the output folder only"],
    keys: COPY,
  },
  {
    name: "illumina-nextseq-500",
    instrument: "Illumina NextSeq 500 and 550",
    grade: "B",
    source: "the maker's output description, and public programs",
    over: "RTAComplete is there and RunCompletionStatus.xml says CompletedAsPlanned",
    traps: ["RTAComplete ends in .txt or in .xml, by the control software's version"],
    keys: {
      ...COPY,
      done: {
        any: ["RTAComplete.txt", "RTAComplete.xml"],
        xml: {
          file: "RunCompletionStatus.xml",
          path: "RunCompletionStatus/CompletionStatus",
          equals: ["CompletedAsPlanned", "ExceptionEndedEarly", "UserEndedEarly"],
        },
      },
      outcome: {
        xml: { file: "RunCompletionStatus.xml", path: "RunCompletionStatus/CompletionStatus" },
        completed: ["CompletedAsPlanned"],
        failed: ["ExceptionEndedEarly"],
        aborted: ["UserEndedEarly"],
      },
    },
  },
  {
    name: "illumina-miseq",
    instrument: "Illumina MiSeq",
    grade: "B",
    source: "public transfer programs agree",
    over: "RTAComplete.txt is there, and it has been quiet for 30 minutes",
    traps: [
      "there is no CopyComplete.txt",
      "analysis on board goes on after it: override done with CompletedJobInfo.xml to wait for it",
    ],
    keys: { ...COPY, done: { all: ["RTAComplete.txt"] }, quiet_minutes: 30 },
  },
  {
    name: "illumina-hiseq",
    instrument: "Illumina HiSeq",
    grade: "B",
    source: "public transfer programs agree",
    over: "RTAComplete.txt is there, and it has been quiet for 30 minutes",
    traps: [
      "Basecalling_Netcopy_complete_Read<n>.txt of every read should be there; where none is, that is said",
    ],
    keys: {
      ...COPY,
      done: { all: ["RTAComplete.txt"] },
      expect: ["Basecalling_Netcopy_complete_Read*.txt"],
      quiet_minutes: 30,
    },
  },
];
