/** All reports of a root: making, finding, listing them. */
import { join } from "node:path";
import { type Clock, LabferryError, randomId, systemClock } from "../base/mod.ts";
import type { ActionType } from "./audit_event.ts";
import {
  type ChangeContext,
  type ChangeOptions,
  changeReport,
  type ChangeStep,
  type Edited,
} from "./change.ts";
import { findIn } from "./lookup.ts";
import type { Outline, ReportStatus } from "./outline.ts";
import { Report } from "./report.ts";
import { folderExists, isReportId, type ReportFolder, reportFolder } from "./report_folder.ts";
import { type IndexReading, ReportIndex } from "./report_index.ts";
import { DEFAULT_RETENTION, type Retention } from "./retention.ts";
import { quoted } from "./wording.ts";

export interface ReportStoreOptions {
  readonly clock?: Clock;
  /** Longest wait for a report that somebody else changes. @default {30_000} */
  readonly lockTimeoutMs?: number;
  readonly retention?: Retention;
  /** Called after each step of a change; tests end the program there. */
  readonly afterStep?: (step: ChangeStep) => Promise<void> | void;
}

/** What a new report begins with. */
export interface NewReport {
  readonly title: string;
  /** @default a random one */
  readonly id?: string;
  readonly content?: Partial<Pick<Outline, "sections" | "insights" | "metadata">>;
  readonly actionType?: Extract<ActionType, "create" | "fork" | "synthesize">;
  readonly words?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

export interface ListFilter {
  readonly status?: ReportStatus;
  readonly tag?: string;
}

export class ReportStore {
  readonly root: string;
  readonly index: ReportIndex;
  readonly #clock: Clock;
  readonly #options: ReportStoreOptions;

  constructor(root: string, options: ReportStoreOptions = {}) {
    this.root = root;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.index = new ReportIndex(root, this.#clock);
  }

  /** @throws {LabferryError} `already_exists` */
  async create(
    { title, id = randomId(), content = {}, ...about }: NewReport,
    options: ChangeOptions,
  ): Promise<Report> {
    const folder = reportFolder(this.root, id);
    await makeFolders(folder);
    await changeReport(folder, (settled, { now }) => {
      if (settled.bytes !== null) {
        throw new LabferryError("already_exists", `report ${id} exists already`, {
          path: folder.path,
        });
      }
      const edited: Edited = {
        outline: {
          report_id: id,
          title,
          created_at: now,
          updated_at: now,
          version: "1.0",
          outline_version: 1,
          sections: content.sections ?? [],
          insights: content.insights ?? [],
          metadata: { tags: [], status: "active", ...content.metadata },
        },
        actionType: about.actionType ?? "create",
        words: about.words ?? `created the report ${quoted(title)}`,
        ...(about.payload ? { payload: about.payload } : {}),
      };
      return Promise.resolve(edited);
    }, { options, context: this.#context(id) });
    return new Report(folder, this.#context(id));
  }

  /** The report with that id. @throws {LabferryError} `unknown_report` */
  async report(id: string): Promise<Report> {
    const report = await this.reportOrNull(id);
    if (report) return report;
    throw new LabferryError("unknown_report", `there is no report ${id}`, {
      path: join(this.root, "by_id"),
      hint: "`labferry report list` shows what there is",
    });
  }

  async reportOrNull(id: string): Promise<Report | null> {
    const folder = reportFolder(this.root, id);
    return await folderExists(folder) ? new Report(folder, this.#context(id)) : null;
  }

  /**
   * By id, by the beginning of an id, or by title: the whole one, or a part that fits one only.
   *
   * @throws {LabferryError} `unknown_report`; `ambiguous_report` listing those that fit
   */
  async find(ref: string): Promise<Report> {
    const wanted = ref.trim();
    if (isReportId(wanted.toLowerCase())) return await this.report(wanted.toLowerCase());
    const { entries } = await this.index.read();
    return await this.report(findIn(entries, wanted).report_id);
  }

  /** Newest first; without a status, all that are not deleted. */
  async list({ status, tag }: ListFilter = {}): Promise<IndexReading> {
    const { entries, notices } = await this.index.read();
    const chosen = entries.filter((entry) =>
      (status === undefined ? entry.status !== "deleted" : entry.status === status) &&
      (tag === undefined || entry.tags.includes(tag))
    );
    return {
      entries: chosen.toSorted((a, b) => a.updated_at < b.updated_at ? 1 : -1),
      notices,
    };
  }

  #context(id: string): ChangeContext {
    const { lockTimeoutMs = 30_000, retention = DEFAULT_RETENTION, afterStep } = this.#options;
    return {
      clock: this.#clock,
      lockTimeoutMs,
      retention,
      afterStep,
      index: (outline) => this.index.refresh(id, outline),
    };
  }
}

/** Private to whoever runs labferry, like the state directory around it. */
async function makeFolders(folder: ReportFolder): Promise<void> {
  try {
    await Deno.mkdir(folder.backupsDir, { recursive: true });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new LabferryError("reports_unusable", `the reports cannot be kept in ${folder.path}`, {
      why: error.message,
      path: folder.path,
      cause: error,
    });
  }
}
