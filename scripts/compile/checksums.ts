/** `SHA256SUMS` beside the artefacts, as `sha256sum -c` and `shasum -a 256 -c` read it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, dirname, join } from "node:path";

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/**
 * Names each of `files` in the `SHA256SUMS` of its folder. Lines of other files stay as long as the
 * files are there: five targets made one after the other end in one list.
 */
export async function writeChecksums(files: readonly string[]): Promise<void> {
  for (const dir of new Set(files.map((file) => dirname(file)))) {
    const list = join(dir, "SHA256SUMS");
    const lines = new Map(await linesOf(list));
    for (const name of lines.keys()) if (!await isThere(join(dir, name))) lines.delete(name);
    for (const file of files.filter((each) => dirname(each) === dir)) {
      lines.set(basename(file), await sha256OfFile(file));
    }
    const names = [...lines.keys()].sort();
    const text = names.map((name) => `${lines.get(name)}  ${name}\n`).join("");
    await Deno.writeTextFile(`${list}.new`, text);
    await Deno.rename(`${list}.new`, list);
  }
}

async function linesOf(list: string): Promise<[name: string, sha256: string][]> {
  if (!await isThere(list)) return [];
  const text = await Deno.readTextFile(list);
  return [...text.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)].map(([, sha256, name]) => [
    name!,
    sha256!,
  ]);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
