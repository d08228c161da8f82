/** One report: reading it, changing it, going back, and proving its history. */
import { type Code, LabferryError, messageOf } from "../base/mod.ts";
import {
  type ChangeContext,
  type ChangeOptions,
  type ChangeOutcome,
  changeReport,
  type Edit,
} from "./change.ts";
import { type ChainHead, headOf, readTail } from "./chain.ts";
import { type HistoryLine, readHistory } from "./history.ts";
import type { Outline } from "./outline.ts";
import { lstatOrNull } from "../disk/mod.ts";
import { outlineAtVersion, revertEdit, type Undoer } from "./past.ts";
import type { ReportFolder } from "./report_folder.ts";
import { lockReport, lockReportIfWritable } from "./report_lock.ts";
import { readOutline, settle, type Settled } from "./settle.ts";
import { type ReportVerification, verifyReport } from "./verify.ts";

export interface ReportReading {
  readonly outline: Outline;
  readonly sha256: string;
  /** What was put in order on opening, or why it could not be. */
  readonly notices: readonly string[];
}

/** Why an opening may be left out: whoever only reads need not be able to write. */
const READ_ONLY_CODES = new Set<Code>([
  "permission_denied",
  "read_only",
  "disk_full",
  "lock_timeout",
]);

export class Report {
  readonly id: string;
  readonly folder: ReportFolder;
  readonly #context: ChangeContext;

  constructor(folder: ReportFolder, context: ChangeContext) {
    this.id = folder.id;
    this.folder = folder;
    this.#context = context;
  }

  /**
   * Opens the report (which repairs and records) and reads it.
   *
   * @throws {LabferryError} `malformed_report`, `unknown_report` when it was never finished
   */
  async read(): Promise<ReportReading> {
    const { outline, fault, sha256, notices } = await this.#open();
    if (outline && sha256) return { outline, sha256, notices };
    throw fault ?? new LabferryError("unknown_report", `report ${this.id} has no outline`, {
      why: "it was never finished, or its outline was removed",
      path: this.folder.path,
      hint: "`labferry report history ID` tells; `labferry report revert ID ACTION` brings it back",
    });
  }

  /**
   * Another for each outline that is put in place: an outline is replaced by rename. Null where there is
   * none, or the file system numbers no files.
   */
  async outlineMark(): Promise<string | null> {
    const found = await lstatOrNull(this.folder.outlineFile);
    if (!found?.ino) return null;
    return `${found.ino} ${found.size} ${found.mtime?.getTime()} ${found.ctime?.getTime()}`;
  }

  /** False for a report that was never finished, or whose outline was removed. */
  async hasOutline(): Promise<boolean> {
    return (await readOutline(this.folder)).bytes !== null;
  }

  /** Changes the outline in the five steps. @throws {LabferryError} `conflict`, `lock_timeout`, … */
  change(edit: Edit, options: ChangeOptions): Promise<ChangeOutcome> {
    return changeReport(this.folder, (settled, moment) => {
      if (settled.outline) return Promise.resolve(edit(settled.outline, moment));
      throw settled.fault ??
        new LabferryError("unknown_report", `report ${this.id} has no outline`, {
          path: this.folder.path,
        });
    }, { options, context: this.#context });
  }

  /** Undoes the action and all after it; also mends an outline that cannot be read. */
  revert(
    action: string,
    { author, why, ...options }: ChangeOptions & Undoer,
  ): Promise<ChangeOutcome> {
    return changeReport(this.folder, revertEdit(this.folder, { action, author, why }), {
      options,
      context: this.#context,
    });
  }

  history(): AsyncGenerator<HistoryLine> {
    return readHistory(this.folder);
  }

  /** The report as that version left it. @throws {LabferryError} `unknown_version` */
  async atVersion(version: number): Promise<Outline> {
    const { outline } = await this.read();
    return await outlineAtVersion(this.folder, { version, present: outline });
  }

  async verify(): Promise<ReportVerification> {
    await using _lock = await lockReportIfWritable(this.folder, {
      timeoutMs: this.#context.lockTimeoutMs,
    });
    return await verifyReport(this.folder);
  }

  /** For a certificate that leaves this machine. @throws {LabferryError} `malformed_audit` */
  async chainHead(): Promise<ChainHead> {
    return headOf(await readTail(this.folder.auditFile), this.id);
  }

  async #open(): Promise<
    Pick<Settled, "outline" | "fault" | "sha256"> & { readonly notices: readonly string[] }
  > {
    try {
      await using _lock = await lockReport(this.folder, { timeoutMs: this.#context.lockTimeoutMs });
      const settled = await settle(this.folder, this.#context.clock);
      return { ...settled, notices: settled.repairs };
    } catch (error) {
      if (!(error instanceof LabferryError) || !READ_ONLY_CODES.has(error.code)) throw error;
      const notices = [`read without opening it: ${messageOf(error)}`];
      return { ...await readOutline(this.folder), notices };
    }
  }
}
