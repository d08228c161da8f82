/** Errors as the runtime gives them: its classes, its `code`, and the system's number in the text. */

const ERRORS = {
  ENOENT: [2, "No such file or directory", "NotFound"],
  EIO: [5, "Input/output error", null],
  EEXIST: [17, "File exists", "AlreadyExists"],
  ENOTDIR: [20, "Not a directory", "NotADirectory"],
  EISDIR: [21, "Is a directory", "IsADirectory"],
  EINVAL: [22, "Invalid argument", null],
  ENOSPC: [28, "No space left on device", null],
  ENOTEMPTY: [39, "Directory not empty", null],
  ELOOP: [40, "Too many levels of symbolic links", "FilesystemLoop"],
} as const;

export type ErrorName = keyof typeof ERRORS;

export function systemError(name: ErrorName, path: string): Error {
  const [number, words, known] = ERRORS[name];
  const text = `${words} (os error ${number}): '${path}'`;
  const error = known === null ? new Error(text) : new Deno.errors[known](text);
  return Object.assign(error, { code: name });
}
