/**
 * `manifest`: the instrument's software lists its files, `{"files":[{"path","size","sha256"?}]}`. All
 * of them have to be there with their sizes, and with their hashes where the list has any.
 */
import * as z from "zod";
import type { ReadManifest, SignalSeen, SignalVerdict } from "./signal.ts";

const schema = z.object({
  files: z.array(z.object({
    path: z.string().min(1),
    size: z.number().int().min(0),
    sha256: z.string().regex(/^[0-9a-fA-F]{64}$/).nullish(),
  })),
});

export function readManifest(text: string): ReadManifest {
  const parsed = schema.safeParse(jsonOrNull(text));
  if (!parsed.success) return { fault: 'is not {"files": [{"path", "size", "sha256"?}]}' };
  const files = parsed.data.files.map(({ path, size, sha256 }) => ({
    path: path.replaceAll("\\", "/").replace(/^(\.\/)+/, ""),
    sizeBytes: size,
    sha256: sha256?.toLowerCase() ?? null,
  }));
  const outside = files.find(({ path }) => !isBelow(path));
  if (outside) return { fault: `names ${JSON.stringify(outside.path)}, which is not in the run` };
  return { files };
}

export function judgeManifest(
  { named, manifest, hashes }: SignalSeen,
  filename: string,
): SignalVerdict {
  if (manifest === null) return { kind: "waits", waitsFor: filename };
  if ("fault" in manifest) return { kind: "odd", why: `${filename} ${manifest.fault}` };
  if (manifest.files.length === 0) return { kind: "waits", waitsFor: `a file in ${filename}` };
  for (const { path, sizeBytes } of manifest.files) {
    const here = named.get(path);
    if (here === undefined) return { kind: "waits", waitsFor: path };
    if (sizeBytes === null) continue;
    if (here < sizeBytes) {
      return { kind: "waits", waitsFor: `${path}: ${here} of ${sizeBytes} bytes are there` };
    }
    if (here > sizeBytes) {
      return { kind: "odd", why: `${path} has ${here} bytes, ${filename} says ${sizeBytes}` };
    }
  }
  const hashed = manifest.files.filter(({ sha256 }) => sha256 !== null);
  const wrong = hashed.find(({ path, sha256 }) => (hashes.get(path) ?? sha256) !== sha256);
  if (wrong) return { kind: "odd", why: `${wrong.path} has not the hash that ${filename} says` };
  return {
    kind: "complete",
    hash: hashed.map(({ path }) => path).filter((path) => !hashes.has(path)),
    evidence: { manifest: filename, listed: manifest.files.length, hashed: hashed.length },
  };
}

function isBelow(path: string): boolean {
  const names = path.split("/");
  return !path.startsWith("/") && !/^[A-Za-z]:/.test(path) &&
    names.every((name) => name !== "" && name !== "." && name !== "..");
}

/** Half a file while it is being written, or none at all: both are no manifest. */
function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
