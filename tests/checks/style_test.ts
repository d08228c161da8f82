import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
const LONGEST_FILE = 350;
/** Reasons are asked for beside each: `catch {` hides what went wrong. */
const MOST_BARE_CATCHES = 0;

async function* sources(dir: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(dir)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

Deno.test("no file of lib is longer than 350 lines", async () => {
  for await (const path of sources(join(ROOT, "lib"))) {
    const file = relative(ROOT, path).replaceAll("\\", "/");
    const lines = (await Deno.readTextFile(path)).split("\n").length - 1;
    assert.ok(lines <= LONGEST_FILE, `${file} has ${lines} lines`);
  }
});

Deno.test("no catch of lib hides what it caught", async () => {
  const bare: string[] = [];
  for await (const path of sources(join(ROOT, "lib"))) {
    const text = await Deno.readTextFile(path);
    for (
      const match of text.matchAll(
        /catch\s*\{\s*(?:\/\*[\s\S]*?\*\/\s*)?\}|\.catch\(\(\) => \{\s*\}\)/g,
      )
    ) {
      const line = text.slice(0, match.index).split("\n").length;
      const before = text.split("\n").slice(Math.max(0, line - 3), line).join("\n");
      if (!before.includes("//") && !before.includes("/**")) bare.push(`${path}:${line}`);
    }
  }
  assert.equal(bare.length, MOST_BARE_CATCHES, `say why above it: ${bare.join(", ")}`);
});

Deno.test("only disk renames, only process starts programs, only queue knows SQLite", async () => {
  const context: readonly [RegExp, RegExp][] = [
    // base/log_file.ts rotates its own log and queue/open.ts sets a damaged database aside; both say why.
    [/Deno\.rename(Sync)?\(/, /lib\/(disk\/|base\/log_file\.ts|queue\/(open|keep_copy)\.ts)/],
    // A disk thread's find only reads, and loads no more than it needs; docs/decisions.md says why.
    [/new Deno\.Command\(/, /lib\/(process\/|disk\/find_child\.ts)/],
    [/from "node:sqlite"/, /lib\/queue\//],
  ];
  for await (const path of sources(join(ROOT, "lib"))) {
    const text = await Deno.readTextFile(path);
    for (const [used, allowed] of context) {
      assert.ok(!used.test(text) || allowed.test(path), `${path} uses ${used.source}`);
    }
  }
});

Deno.test("zod is imported as a namespace, so that only what is used goes into the program", async () => {
  for await (const path of sources(join(ROOT, "lib"))) {
    const text = await Deno.readTextFile(path);
    const brings = /import \{[^}]*\} from "zod"|import\("zod"\)/.test(text);
    assert.ok(
      !brings,
      `${path}: import * as z from "zod" (or import type); the name z brings all of it`,
    );
  }
});
