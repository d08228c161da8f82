/**
 * A line of `checksums.sha256`, exactly as GNU `sha256sum` writes it: hash, two spaces, path; for a
 * path with a newline, carriage return or backslash, a leading `\` and escapes (coreutils 9).
 */
import { LabferryError } from "../base/mod.ts";

export interface Checksum {
  /** Relative to the run's folder, with `/`. */
  readonly path: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/**
 * One line without its newline.
 *
 * @throws {LabferryError} `malformed_manifest` for a path no manifest may hold, or not a hash
 */
export function formatChecksum({ path, sha256 }: Checksum): string {
  const fault = manifestPathFault(path) ??
    (/^[0-9a-f]{64}$/.test(sha256) ? null : `${JSON.stringify(sha256)} is not a SHA-256 hash`);
  if (fault) {
    throw new LabferryError("malformed_manifest", "a manifest was not written", { why: fault });
  }
  // `sha256sum -c` reads its standard input in the place of a file that is called `-`.
  if (path === "-") return `${sha256}  ./-`;
  if (!/[\\\n\r]/.test(path)) return `${sha256}  ${path}`;
  return `\\${sha256}  ${path.replace(/[\\\n\r]/g, (character) => ESCAPES[character]!)}`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };
const UNESCAPES: Readonly<Record<string, string>> = { "\\": "\\", n: "\n", r: "\r" };

/**
 * Reads one line without its newline; a text for what is wrong with it. Takes binary marks (`*`),
 * capital digits, a leading `./` and a CR before the newline, as `sha256sum -c` does.
 */
export function parseChecksum(line: string): Checksum | string {
  const match = /^(\\?)([0-9A-Fa-f]{64}) [ *]([^]+)$/.exec(line.replace(/\r$/, ""));
  if (!match) return "it is not a hash, two spaces and a path";
  const [, escaped, sha256, written] = match as unknown as [string, string, string, string];
  const name = escaped ? unescape(written) : written;
  if (name === null) return "it holds an unknown escape";
  const path = name.replace(/^(\.\/+)+/, "");
  return manifestPathFault(path) ?? { path, sha256: sha256.toLowerCase() };
}

function unescape(text: string): string | null {
  let known = true;
  const plain = text.replace(/\\([^]?)/g, (_, character: string) => {
    const meant = UNESCAPES[character];
    if (meant === undefined) known = false;
    return meant ?? "";
  });
  return known ? plain : null;
}

/** A manifest from elsewhere must not lead out of the run it is read for. */
function manifestPathFault(path: string): string | null {
  if (!path.isWellFormed()) return `the path ${JSON.stringify(path)} is not valid Unicode`;
  if (path.includes("\0")) return "the path holds a NUL";
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    return `the path ${JSON.stringify(path)} is not one below the run's folder`;
  }
  return null;
}
