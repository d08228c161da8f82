/**
 * Runs once, by the Deno that the portable file has just unpacked: `unpacked.ts WORK HOME`. Compares
 * every unpacked byte with its hash, flushes all of it, and only then gives WORK the name HOME: what
 * stands under that name is whole, whatever is killed and wherever the power goes.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";

const [work, home] = Deno.args as [string, string];
const cache = dirname(home);
const DAY_MS = 24 * 3_600_000;

if (!await isWhole(work)) Deno.exit(1);
for (const name of await namesIn(work)) flush(join(work, name));
for (const folder of [join(work, "program"), work]) flush(folder);
await giveName();
flush(cache);
await sweep();

/** Several first starts at the same time: one gives the name, the others find it whole. */
async function giveName(): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return Deno.renameSync(work, home);
    } catch (error) {
      if (attempt === 5) throw error;
      if (await isWhole(home)) return;
      setAside(home);
    }
  }
}

function setAside(path: string): void {
  try {
    Deno.renameSync(path, join(cache, `.old.${crypto.randomUUID()}`));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Exactly the files of its list, each with its hash, and none that another account could change. */
async function isWhole(folder: string): Promise<boolean> {
  try {
    const listed = await sums(folder);
    const expected = ["SHA256SUMS", ...listed.map(([name]) => name)].sort();
    const found = [...filesIn(folder)].sort();
    if (found.join("\n") !== expected.join("\n")) return false;
    for (const [name, sha256] of listed) {
      const hash = createHash("sha256");
      const options = { highWaterMark: 1 << 20 };
      for await (const chunk of createReadStream(join(folder, name), options)) hash.update(chunk);
      if (hash.digest("hex") !== sha256) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/** Names relative to it; what is no plain file of this account or root's is marked, and fits no list. */
function* filesIn(folder: string, below = ""): Generator<string> {
  for (const { name } of Deno.readDirSync(join(folder, below))) {
    const path = below + name;
    const { isFile, isDirectory, uid } = Deno.lstatSync(join(folder, path));
    if (uid !== 0 && uid !== Deno.uid()) yield `${path} (uid ${uid})`;
    else if (isDirectory) yield* filesIn(folder, `${path}/`);
    else yield isFile ? path : `${path} (no file)`;
  }
}

async function sums(folder: string): Promise<[name: string, sha256: string][]> {
  const text = await Deno.readTextFile(join(folder, "SHA256SUMS"));
  return [...text.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)].map(([, sha256, name]) => [
    name!,
    sha256!,
  ]);
}

async function namesIn(folder: string): Promise<string[]> {
  return ["SHA256SUMS", ...(await sums(folder)).map(([name]) => name)];
}

function flush(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}

/** What a killed first start left, and what was damaged: a day later nobody works in it. */
async function sweep(): Promise<void> {
  for await (const { name } of Deno.readDir(cache)) {
    if (!/^\.(new|old)\./.test(name)) continue;
    const path = join(cache, name);
    const { mtime } = await Deno.lstat(path);
    if (Date.now() - (mtime?.getTime() ?? 0) > DAY_MS) await Deno.remove(path, { recursive: true });
  }
}
