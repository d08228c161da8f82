/**
 * What files beside the data state of it: MinKNOW's `output_hash_*.csv` (SHA-256), SpikeGLX's `.meta`
 * (`fileSHA1`, `fileSizeBytes`), and sidecars `*.md5`, `*.sha1`, `*.sha256`. Pure. Whoever writes the
 * run's folder writes these too, so they are read as hostile: bounded by the caller, a line at a time,
 * and a name that leads out of the run states nothing.
 */
import type { OriginAlgorithm, StatedHash } from "../queue/mod.ts";

/** What a file states is told by its name. */
export type OriginKind = "minknow" | "spikeglx" | "sidecars";

/** More files are no run's. */
export const MOST_STATED = 1_000_000;
const LONGEST_LINE = 8_192;
const HEX_LENGTH: Readonly<Record<OriginAlgorithm, number>> = { md5: 32, sha1: 40, sha256: 64 };

/** Which of the kinds a file's name is of; null: it states nothing. */
export function originKindOf(path: string, kinds: readonly OriginKind[]): OriginKind | null {
  const name = nameOf(path).toLowerCase();
  const found: OriginKind | null = /^output_hash_.*\.csv$/.test(name)
    ? "minknow"
    : name.endsWith(".meta")
    ? "spikeglx"
    : sidecarAlgorithm(name) !== null
    ? "sidecars"
    : null;
  return found !== null && kinds.includes(found) ? found : null;
}

/** `path`: that of the file below the run, whose text it is. */
export function statedHashes(
  path: string,
  { text, kind }: { readonly text: string; readonly kind: OriginKind },
): Iterable<StatedHash> {
  switch (kind) {
    case "minknow":
      return minknowHashes(path, text);
    case "spikeglx":
      return spikeglxHashes(path, text);
    case "sidecars":
      return sidecarHashes(path, text);
  }
}

/** One row a file; the hash is empty for what MinKNOW does not hash. Paths are the run's. */
function* minknowHashes(path: string, text: string): Generator<StatedHash> {
  let columns: readonly string[] | null = null;
  for (const line of linesOf(text)) {
    const fields = csvFields(line);
    if (columns === null) {
      columns = fields.map((field) => field.toLowerCase());
      continue;
    }
    const hash = fields[columns.indexOf("file_hash")] ?? "";
    const file = inRun(fields[columns.indexOf("file_path")] ?? "", folderOf(path));
    if (file !== null && isHash(hash, "sha256")) {
      yield { path: file, algorithm: "sha256", hash: hash.toLowerCase(), sizeBytes: null };
    }
  }
}

function* spikeglxHashes(path: string, text: string): Generator<StatedHash> {
  let hash = "";
  let sizeBytes: number | null = null;
  for (const line of linesOf(text)) {
    const [, key, value = ""] = /^(fileSHA1|fileSizeBytes)=(.*)$/.exec(line) ?? [];
    if (key === "fileSHA1") hash = value.trim();
    else if (key === "fileSizeBytes" && /^\d{1,15}$/.test(value.trim())) sizeBytes = Number(value);
  }
  if (!isHash(hash, "sha1")) return;
  const data = path.replace(/\.meta$/i, ".bin");
  yield { path: data, algorithm: "sha1", hash: hash.toLowerCase(), sizeBytes };
}

/** `hash  name`, `hash *name`, `MD5 (name) = hash`, or the hash alone, of the file it is named after. */
function* sidecarHashes(path: string, text: string): Generator<StatedHash> {
  const algorithm = sidecarAlgorithm(path.toLowerCase())!;
  const own = path.slice(0, path.lastIndexOf("."));
  for (const line of linesOf(text)) {
    const [, first, name] = /^([0-9A-Fa-f]+)(?:[ \t]+\*?(.+))?$/.exec(line) ?? [];
    const [, tagged, second] = /^[A-Za-z0-9-]+ \((.+)\) = ([0-9A-Fa-f]+)$/.exec(line) ?? [];
    const hash = first ?? second ?? "";
    const stated = tagged ?? name;
    const file = stated === undefined ? own : inRun(stated, folderOf(path));
    if (file === null || !isHash(hash, algorithm)) continue;
    yield { path: file, algorithm, hash: hash.toLowerCase(), sizeBytes: null };
  }
}

function sidecarAlgorithm(name: string): OriginAlgorithm | null {
  const ending = /\.(md5|sha1|sha256)$/.exec(name)?.[1];
  return ending === undefined ? null : ending as OriginAlgorithm;
}

function isHash(text: string, algorithm: OriginAlgorithm): boolean {
  return text.length === HEX_LENGTH[algorithm] && /^[0-9A-Fa-f]+$/.test(text);
}

function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    const to = end < 0 ? text.length : end;
    const line = text.slice(from, Math.min(to, from + LONGEST_LINE + 1)).replace(/\r$/, "");
    if (line !== "" && line.length <= LONGEST_LINE) yield line;
    from = to + 1;
  }
}

/** RFC 4180, one line: a quoted field may hold commas and doubled quotes, no line break. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? plain ?? "" : quoted.replaceAll('""', '"'));
  }
  return fields;
}

/** A name as the file wrote it, below the run; null when it is none of the run's. */
function inRun(name: string, folder: string): string | null {
  const path = name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
  const segments = path.split("/");
  const isOdd = path === "" || path.startsWith("/") || /^[A-Za-z]:/.test(path) ||
    path.includes("\0") || segments.some((one) => one === "" || one === "." || one === "..");
  if (isOdd) return null;
  return folder === "" ? path : `${folder}/${path}`;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
