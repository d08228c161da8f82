/** Where a report's files are (`reports.md`, "On disk"). */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { lstatOrNull } from "../disk/mod.ts";

export interface ReportFolder {
  readonly id: string;
  readonly path: string;
  readonly outlineFile: string;
  readonly auditFile: string;
  readonly backupsDir: string;
  /** Locked by everybody who changes the report; ours and the other program's name for it. */
  readonly lockPath: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** True for an id as it stands in a folder's name; nothing else ever becomes part of a path. */
export function isReportId(text: string): boolean {
  return UUID.test(text);
}

/** @throws {LabferryError} `unknown_report` for what is no UUID */
export function reportFolder(root: string, id: string): ReportFolder {
  if (!isReportId(id)) {
    throw new LabferryError("unknown_report", `${JSON.stringify(id)} is not a report's id`, {
      hint: "`labferry report list` shows the ids",
    });
  }
  const path = join(reportsDirOf(root), id);
  return {
    id,
    path,
    outlineFile: join(path, "outline.json"),
    auditFile: join(path, "audit.jsonl"),
    backupsDir: join(path, "backups"),
    lockPath: join(path, ".lock"),
  };
}

/** The folder that holds one folder a report. */
export function reportsDirOf(root: string): string {
  return join(root, "by_id");
}

/** True when the folder is there; a link in its place is refused. */
export async function folderExists(folder: ReportFolder): Promise<boolean> {
  const info = await lstatOrNull(folder.path);
  if (info?.isSymlink) {
    throw new LabferryError("link_refused", `${folder.path} is a symbolic link`, {
      path: folder.path,
      hint: "Put the report's folder itself there.",
    });
  }
  return info?.isDirectory ?? false;
}
