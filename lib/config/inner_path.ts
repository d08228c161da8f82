/** Which texts may be names of files below a folder; for the schema, and for what other PCs say. */
import { win32 } from "node:path";

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

/** True when `text` holds no control character: it can be shown, logged and passed on a line. */
export function isPrintable(text: string): boolean {
  return !CONTROL.test(text);
}

/** True for a path that stays below its root: relative, without `.` or `..`. */
export function isInnerPath(path: string): boolean {
  return isPrintable(path) && !win32.isAbsolute(path) && !/^[A-Za-z]:/.test(path) &&
    !path.split(/[/\\]/).some((name) => name === ".." || name === "." || name === "");
}
