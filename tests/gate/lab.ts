/** A make-believe lab on the disk: an equipment, a project, runs with good records. */
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const LIMS = {
  uid: "8c7e9d2f-1a4b-4e6c-9b3d-7f2a1e5d8c4b",
  short_id: "PROJ-0042",
  name_at_creation: "Cortex Q3",
};

export interface RecordFields {
  readonly level?: "run" | "project";
  readonly run_kind?: string;
  readonly [key: string]: unknown;
}

/** A good `creation.json`; `fields` replace or add. `undefined` takes a field away. */
export function creationText(path: string, fields: RecordFields = {}): string {
  return JSON.stringify({
    schema_version: "1.9",
    created_at: "2026-04-17T14:32:00Z",
    created_by: "asmith",
    level: "run",
    run_kind: "experimental",
    lims_project: LIMS,
    template: { name: "t", version: "1", source_path: "templates/t", run_scope: "both" },
    variables: {},
    plugins_applied: [],
    paths: { local: path, nas: "//nas/x" },
    sync_status: "pending",
    validation_overrides: [],
    ...fields,
  });
}

export class Lab implements AsyncDisposable {
  readonly #dir: TempDir;
  /** The `local_root`. */
  readonly root: string;

  private constructor(dir: TempDir) {
    this.#dir = dir;
    this.root = dir.path;
  }

  static async make(below?: string): Promise<Lab> {
    return new Lab(await tempDir("labferry-gate-", below));
  }

  /** Writes below the root. */
  write(path: string, content: string | Uint8Array = "data"): Promise<string> {
    return this.#dir.write(path, content);
  }

  at(...parts: string[]): string {
    return this.#dir.join(...parts);
  }

  async record(path: string, fields: RecordFields = {}): Promise<void> {
    const text = creationText(this.at(path), fields);
    await this.write(`${path}/.exlab-wizard/creation.json`, text);
  }

  /** A project with its record. */
  async project(path = "CONFOCAL_01/Cortex"): Promise<string> {
    await this.record(path, { level: "project" });
    return this.at(path);
  }

  /** A run with its record and one data file; its absolute path. */
  async run(path = RUN, fields: RecordFields = {}): Promise<string> {
    await this.record(path, fields);
    await this.write(`${path}/plane_0001.tif`);
    return this.at(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dir[Symbol.asyncDispose]();
  }
}

export const RUN = "CONFOCAL_01/Cortex/Runs/Run_2026-04-17T14-32";

/** Long after anything a test writes: every stat counts as at rest. */
export function later(ms = 60_000): Date {
  return new Date(Date.now() + ms);
}
