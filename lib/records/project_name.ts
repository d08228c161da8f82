/** A project's name is a folder's name. It is used as it stands or refused, never made to fit. */
import { LabferryError } from "../base/mod.ts";

const MAX_NAME_BYTES = 255;
const RESERVED = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i;

/** @throws {LabferryError} `unsafe_project_name` */
export function checkProjectName(name: string): void {
  const fault = projectNameFault(name);
  if (!fault) return;
  throw new LabferryError("unsafe_project_name", `${JSON.stringify(name)} cannot be a project`, {
    why: fault,
    hint: "Choose a name that every file system can hold as one folder.",
  });
}

/** Why `name` is not one safe path segment on every system; null when it is. */
export function projectNameFault(name: string): string | null {
  if (name.trim() === "") return "it is empty";
  if (!name.isWellFormed()) return "it is not valid Unicode";
  if (/[\/\\]/.test(name)) return "it holds a slash or a backslash";
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return "it holds a control character";
  const illegal = /[:"|?*]/.exec(name);
  if (illegal) return `it holds ${illegal[0]}, which Windows shares cannot store`;
  if (name.startsWith(".")) return "it begins with a dot, as our own folders do";
  if (name.startsWith(" ")) return "it begins with a space";
  if (/[. ]$/.test(name)) return "it ends with a dot or a space";
  if (RESERVED.test(name)) return "Windows reserves that name";
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES) return "it is longer than 255 bytes";
  return null;
}
