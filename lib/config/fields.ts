/** The kinds of value the file is made of, each with the sentence a person reads when it is wrong. */
import * as z from "zod";
import { win32 } from "node:path";
import { isInnerPath, isPrintable } from "./inner_path.ts";

export { isPrintable };

/** Text of one line that is not empty. */
export function line(): z.ZodString {
  return z.string().min(1).max(1024)
    .refine(isPrintable, "must not hold control characters");
}

/**
 * An absolute folder or file of this machine; `~/` stands for the home folder. Both flavours pass
 * on every system: one file may serve a Windows PC and the Linux server that checks it.
 */
export function localPath(): z.ZodString {
  return line().refine(
    isAbsolute,
    "must be an absolute path, so that it means the same whoever starts labferry",
  );
}

function isAbsolute(path: string): boolean {
  return /^~([/\\]|$)/.test(path) || win32.isAbsolute(path);
}

/** A path that stays below its root: relative, without `..`. */
export function innerPath(): z.ZodString {
  return line().refine(isInnerPath, INNER);
}

/** The same, or empty for "not set", as ExLab-Wizard writes it. */
export function innerPathOrEmpty(): z.ZodString {
  return z.string().max(1024).refine((path) => path === "" || isInnerPath(path), INNER);
}

const INNER = "must be a path below the folder it belongs to: relative, without . or ..";

/** One folder name, as a project is. */
export function segment(): z.ZodString {
  return line().refine(
    (name) => !/[/\\]/.test(name) && name !== "." && name !== ".." && name.trim() === name,
    "must be one folder name: no slashes, not . or .., no spaces at its ends",
  );
}

/** Hours, 0 meaning at once. */
export function hours(max: number): z.ZodNumber {
  return z.number().min(0).max(max);
}
