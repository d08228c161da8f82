/** Instruments whose runs are files in one folder (`intake.run` with kind files). */
import { type Preset, UNFINISHED } from "./preset.ts";

export const FILE_WRITERS: readonly Preset[] = [
  {
    name: "thermo-raw",
    instrument: "Thermo Xcalibur (.raw files)",
    grade: "B",
    source: "public transfer programs agree",
    over: "the file is not empty, and has been quiet for 60 minutes",
    traps: [
      "a file of 0 bytes may still be open",
      "_CORRUPTED.raw says that the acquisition failed: it goes, as failed",
      "the next file says that this one is over; it is not asked, because two instruments may write into one folder",
    ],
    keys: {
      done: { not_empty: ["*.raw"] },
      quiet_minutes: 60,
      forbid: UNFINISHED,
      failed: ["*_CORRUPTED.raw"],
      stalled_after: "7d",
      intake: { run: { kind: "files", match: "*.raw", group: "stem" } },
    },
  },
  {
    name: "sciex",
    instrument: "Sciex Analyst and SCIEX OS (.wiff with .wiff.scan)",
    grade: "C",
    source: "one public transfer program",
    over: "no file of the sample is empty, and all have been quiet for 60 minutes",
    traps: [
      "Zeno instruments leave a .wiff.scan of about 44 bytes for up to 24 hours: set quiet_minutes to 1440 there",
    ],
    keys: {
      done: { not_empty: ["*.{wiff,wiff2}"] },
      quiet_minutes: 60,
      forbid: UNFINISHED,
      expect: ["*.wiff.scan"],
      stalled_after: "7d",
      intake: {
        run: {
          kind: "files",
          match: "*.{wiff,wiff2,wiff.scan,timeseries.data}",
          group: "stem",
        },
      },
    },
  },
  {
    name: "microscope-files",
    instrument: "Zeiss .czi, Nikon .nd2, Evident .oir and .vsi, Leica .lif",
    grade: "U",
    source: "no public source: that a file nobody holds open and that is quiet is done is inferred",
    over:
      "the file is not empty, nobody holds it or its _name_ folder open, and all has been quiet for 4 hours",
    traps: [
      "written while acquiring: quiet_minutes has to be longer than the interval of a time-lapse",
      "one .lif grows all day",
      "the pixels of a .vsi are in the folder _name_ beside it: both are one run",
    ],
    keys: {
      done: { not_empty: ["*"] },
      quiet_minutes: 240,
      forbid: UNFINISHED,
      stalled_after: "7d",
      intake: {
        run: { kind: "files", match: "*.{czi,nd2,oir,lif,vsi}", group: "stem", beside: "_*_" },
      },
    },
  },
];
