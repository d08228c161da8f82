/**
 * The order in which each instrument's software writes a run's files, with the traps that misled
 * others: after each step, whether the run is over (given that it has been quiet long enough).
 */

export interface Step {
  /** Paths below the run and what is written; null removes. A path with `/` at its end is a folder. */
  readonly put: Readonly<Record<string, string | null>>;
  /** Null: not over. Else the outcome that is told, `""` where nobody asks for one. */
  readonly over: string | null;
}

const waits = (put: Step["put"]): Step => ({ put, over: null });
const over = (put: Step["put"], outcome = ""): Step => ({ put, over: outcome });

const STATUS = (word: string) =>
  `<?xml version="1.0"?><RunCompletionStatus><RunStatus>${word}</RunStatus></RunCompletionStatus>`;
const COMPLETION = (word: string) =>
  `<RunCompletionStatus><CompletionStatus>${word}</CompletionStatus></RunCompletionStatus>`;
const META = (size: number, sha1: string) =>
  `fileSizeBytes=${size}\nfileSHA1=${sha1}\nnSavedChans=1\n`;

export const VENDOR_ORDERS: Readonly<Record<string, readonly Step[]>> = {
  "illumina-novaseq-6000": [
    waits({ "RunInfo.xml": "<RunInfo/>", "Data/L001/C1.1/s.cbcl": "x" }),
    // Too early: the copy goes on.
    waits({ "SequenceComplete.txt": "" }),
    waits({ "RTAComplete.txt": "done" }),
    waits({ "CopyComplete.txt.tmp": "" }),
    over({ "CopyComplete.txt.tmp": null, "CopyComplete.txt": "" }),
  ],
  "illumina-novaseq-x": [
    waits({ "RunInfo.xml": "<RunInfo/>", "Data/a.cbcl": "x" }),
    waits({ "RunCompletionStatus.xml": STATUS("RunCompleted") }),
    // The copy of an analysis is not the run's.
    waits({ "Analysis/1/CopyComplete.txt": "" }),
    over({ "CopyComplete.txt": "" }, "completed"),
    over({ "RunCompletionStatus.xml": STATUS("RunErrored") }, "failed"),
    // Half a file says nothing.
    over({ "RunCompletionStatus.xml": STATUS("RunCompleted").slice(0, 60) }, "unknown"),
  ],
  "illumina-nextseq-1000": [
    waits({ "RunInfo.xml": "<RunInfo/>", "RTAComplete.txt": "" }),
    over({ "CopyComplete.txt": "" }),
  ],
  "illumina-nextseq-500": [
    waits({ "RunInfo.xml": "<RunInfo/>", "RTAComplete.xml": "<a/>" }),
    waits({ "RunCompletionStatus.xml": COMPLETION("Running") }),
    over({ "RunCompletionStatus.xml": COMPLETION("CompletedAsPlanned") }, "completed"),
    over({ "RunCompletionStatus.xml": COMPLETION("UserEndedEarly") }, "aborted"),
    // Another version of the control software names it otherwise.
    waits({ "RTAComplete.xml": null }),
    over({ "RTAComplete.txt": "" }, "aborted"),
  ],
  "illumina-miseq": [
    waits({ "RunInfo.xml": "<RunInfo/>", "Data/a.bcl": "x" }),
    over({ "RTAComplete.txt": "" }),
  ],
  "illumina-hiseq": [
    waits({ "Basecalling_Netcopy_complete_Read1.txt": "1" }),
    over({ "RTAComplete.txt": "" }),
  ],
  "minknow": [
    waits({ "fast5/a.fast5": "x", "sequencing_summary_FA1.txt": "x" }),
    over({ "final_summary_FA1.txt": "ended=1" }),
  ],
  "pacbio-sequel-2": [
    waits({ "1_A01/m1.subreads.bam": "x", "2_B01/m2.subreads.bam": "x" }),
    waits({ "1_A01/.m1.transferdone": "" }),
    over({ "2_B01/.m2.transferdone": "" }),
  ],
  "pacbio-revio": [
    waits({ "1_A01/metadata/Transfer_Test_1.txt": "", "1_B01/metadata/Transfer_Test_2.txt": "" }),
    waits({ "1_A01/metadata/m1.transferdone": "" }),
    over({ "1_B01/metadata/m2.transferdone": "" }),
  ],
  "element-aviti": [
    waits({ "RunParameters.json": "{}", "BaseCalls/a": "x" }),
    over({ "RunUploaded.json": `{"outcome":"OutcomeCompleted"}` }, "completed"),
    over({ "RunUploaded.json": `{"outcome":"OutcomeFailed"}` }, "failed"),
  ],
  "bruker-timstof": [
    waits({ "analysis.tdf": "x" }),
    // Written while the database is still open.
    waits({ "analysis.tdf_bin": "x", "analysis.tdf-wal": "x", "analysis.tdf-shm": "x" }),
    waits({ "analysis.tdf-shm": null }),
    over({ "analysis.tdf-wal": null }),
  ],
  "bruker-fticr": [
    // The journal and the helpers are always there; with nothing else there is no run yet.
    waits({ "lock.file": "", "SyncHelper": "", "a.mcf_idx-journal": "x" }),
    over({ "ser": "x", "a.mcf": "x" }),
  ],
  "waters-masslynx": [over({ "_FUNC001.DAT": "x", "_FUNC001.IDX": "x", "_FUNCTNS.INF": "x" })],
  "agilent-masshunter": [over({ "AcqData/MSScan.bin": "x", "AcqData/MSTS.xml": "<a/>" })],
  "bruker-topspin": [
    // Zeros of the full size, from the start.
    waits({ "ser": "\0".repeat(4096), "acqus": "x" }),
    waits({ "audita.txt": "##AUDIT TRAIL= $$ (created by edit)" }),
    over({ "audita.txt": "(1, <created by zg started>, data hash MD5: 8A1B)" }),
  ],
  "cryo-em": [over({ "Images-Disc1/GridSquare_1/a.eer": "x" })],
  "opera-phenix": [
    waits({ "Images/r01c01.tiff": "x" }),
    over({ "Images/Index.idx.xml": "<a/>" }),
  ],
  "spikeglx": [
    // The whole size at once, and a meta file that is written at the start and again at the end.
    waits({ "a_imec0/a.ap.bin": "12345678", "a_imec0/a.ap.meta": META(0, "") }),
    waits({ "a_imec0/a.ap.meta": META(8, "") }),
    waits({ "a_imec0/a.ap.meta": META(9, "AB") }),
    over({ "a_imec0/a.ap.meta": META(8, "AB") }),
    waits({ "a_imec1/a.ap.meta": META(4, "CD") }),
    over({ "a_imec1/a.ap.bin": "1234" }),
  ],
  "thermo-raw": [
    // Open, and nothing written yet.
    waits({ "a.raw": "" }),
    over({ "a.raw": "scans" }),
  ],
  "sciex": [
    waits({ "a.wiff": "" }),
    waits({ "a.wiff.scan": "" }),
    over({ "a.wiff": "x", "a.wiff.scan": "x" }),
  ],
  "microscope-files": [waits({ "a.czi": "" }), over({ "a.czi": "pixels" })],
  "open-ephys": [
    waits({ "Record Node 101/settings.xml": "<a/>" }),
    over({ "Record Node 101/experiment1/recording1/structure.oebin": "{}" }),
  ],
};
