/**
 * A large walk lets find go ahead of it. What it gives is compared with a walk that has no find, entry by
 * entry, over trees of every oddness, and each test says whether find had a part in it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DiskPool, MAX_DEPTH, type WalkEntry } from "../../lib/disk/mod.ts";
import { FindAhead } from "../../lib/disk/find_ahead.ts";
import { gnuFind, runFind } from "../../lib/disk/find_child.ts";
import { foundTrees } from "../../lib/disk/found_trees.ts";
import type { WalkOptions } from "../../lib/disk/messages.ts";
import { TreeWalk } from "../../lib/disk/walk_tree.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

/** What a walk has to see by itself before it asks find. */
const LEAD = 520;

/** A tree that begins with so many files that what comes after them is find's. */
async function ledTree(): Promise<TempDir> {
  const dir = await tempDir();
  await Deno.mkdir(dir.join("0"));
  for (let i = 0; i < LEAD; i++) Deno.writeTextFileSync(dir.join(`0/${1000 + i}`), "");
  return dir;
}

/** Counts what find gave. */
class CountedFind extends FindAhead {
  asked = 0;
  found = 0;
  none = 0;
  /** Limits are so many times smaller. */
  scale = 1;

  override async trees(starts: readonly string[], how: { readonly maxBytes: number }) {
    this.asked++;
    const trees = await super.trees(starts, { maxBytes: how.maxBytes / this.scale });
    for (const { size } of trees ?? []) this.found += size;
    if (!trees) this.none++;
    return trees;
  }
}

interface Walked {
  readonly entries: WalkEntry[];
  readonly find: CountedFind;
}

async function walkWith(
  root: string,
  { scale = 1, onEntry = () => {}, ...options }: WalkOptions & {
    readonly scale?: number;
    readonly onEntry?: (entry: WalkEntry) => void;
  } = {},
): Promise<Walked> {
  const find = new CountedFind(root, options);
  find.scale = scale;
  return { entries: await entriesOf(root, { ...options, find, onEntry }), find };
}

async function entriesOf(
  root: string,
  { find = null, onEntry = () => {}, ...options }: WalkOptions & {
    readonly find?: FindAhead | null;
    readonly onEntry?: (entry: WalkEntry) => void;
  },
): Promise<WalkEntry[]> {
  const walk = await TreeWalk.of(root, { ...options, ahead: find });
  const entries: WalkEntry[] = [];
  for (let one = await walk.next(false); one !== null; one = await walk.next(false)) {
    if (one.kind === "unexamined") throw new Error("nothing was to be deferred");
    entries.push(one);
    onEntry(one);
  }
  return entries;
}

/** Both ways give the same; what find had to do with it. */
async function assertSame(
  root: string,
  { scale = 1, ...options }: WalkOptions & { readonly scale?: number } = {},
): Promise<CountedFind> {
  const { entries, find } = await walkWith(root, { ...options, scale });
  assert.deepEqual(entries, await entriesOf(root, options));
  return find;
}

testWith(
  ["gnuFind"],
  "a walk with find gives the same entries in the same order, whatever they are called",
  async () => {
    await using dir = await ledTree();
    const names = [
      "a/b",
      "a.txt",
      "a-b/c",
      "a/b.d/e",
      "a/b-c",
      "new\nline/and\nmore",
      " space /-name",
      "-delete/x",
      "star*[?]\\/\\*",
      "ä/ö",
      "😀/\uff5e",
      "\uff5e/😀",
      "quote'\"/%s %P\\0",
      `${"l".repeat(255)}/${"m".repeat(255)}`,
    ];
    for (const name of names) await dir.write(name, name);
    const find = await assertSame(dir.path);
    assert.ok(find.found > names.length, `${find.found}`);
    assert.equal(find.none, 0);
  },
);

testWith(["gnuFind"], "a walk with find follows nothing and tells what there is", async () => {
  await using dir = await ledTree();
  await dir.write("run/x", "x");
  await Deno.symlink("..", dir.join("run/loop"));
  await Deno.symlink("nowhere", dir.join("run/dangling"));
  await Deno.symlink(dir.join("0"), dir.join("run/elsewhere"));
  await Deno.link(dir.join("run/x"), dir.join("run/y"));
  await new Deno.Command("mkfifo", { args: [dir.join("run/pipe")] }).output();
  await dir.write("run/sparse", "");
  await Deno.truncate(dir.join("run/sparse"), 5 * 1024 * 1024);
  await dir.write("run/large", new Uint8Array(2 * 1024 * 1024).fill(1));
  await Deno.mkdir(dir.join("run/empty"));
  using _socket = Deno.listen({ transport: "unix", path: dir.join("run/socket") });
  const find = await assertSame(dir.path);
  assert.equal(find.found, 11);
  assert.equal(find.none, 0);
});

testWith(["gnuFind"], "a walk with find reads times as the runtime does", async () => {
  await using dir = await ledTree();
  const times = [0, 0.0004, 1.9999, -1, -0.25, 1_600_000_000.1239, 4_102_444_800, 20_000_000_000];
  for (const [i, time] of times.entries()) {
    await dir.write(`run/${i}`, "x");
    await new Deno.Command("touch", { args: ["-d", `@${time}`, dir.join(`run/${i}`)] }).output();
    await dir.write(`run/d${i}/x`, "x");
    await new Deno.Command("touch", { args: ["-d", `@${time}`, dir.join(`run/d${i}`)] }).output();
  }
  const find = await assertSame(dir.path);
  assert.equal(find.found, 1 + 3 * times.length);
});

testWith(["gnuFind"], "a walk with find skips folders by name, and not files", async () => {
  await using dir = await ledTree();
  const skipNames = [".exlab-wizard", "st*r[x]"];
  for (const run of ["run1", "run2", "run3"]) {
    await dir.write(`${run}/data`, "x");
    await dir.write(`${run}/.exlab-wizard/creation.json`, "{}");
    await dir.write(`${run}/sub/st*r[x]/y`, "y");
    await dir.write(`${run}/stxrx/y`, "y");
  }
  await dir.write("run4/.exlab-wizard", "a file");
  await dir.write("run5/.exlab-wizard/only", "x");
  const find = await assertSame(dir.path, { skipNames });
  assert.equal(find.found, 3 * 5 + 2 + 1);
});

testWith(["gnuFind", "python"], "names that are no UTF-8 are left to the walk itself", async () => {
  await using dir = await ledTree();
  const make = String.raw`
import os, sys
root = os.fsencode(sys.argv[1])
for run in (b"/run", b"/run\xff", "/twin\ufffd".encode(), b"/twin\xff"):
    os.mkdir(root + run)
    open(root + run + b"/bad\xff.txt", "w").close()
    open(root + run + "/real\ufffd.txt".encode(), "w").close()
    open(root + run + b"/z", "w").close()
`;
  await new Deno.Command("python3", { args: ["-c", make, dir.path] }).output();
  await dir.write("a/plain", "x");
  const find = await assertSame(dir.path);
  assert.ok(find.asked > 0);
});

testWith(["gnuFind"], "a tree that is too deep ends where it ends without find", async () => {
  await using dir = await ledTree();
  await Deno.mkdir(dir.join(Array(MAX_DEPTH + 3).fill("d").join("/")), { recursive: true });
  const find = await assertSame(dir.path);
  assert.ok(find.none > 0);
  await Deno.remove(dir.join("d"), { recursive: true });
  await Deno.mkdir(dir.join(Array(MAX_DEPTH - 1).fill("e").join("/")), { recursive: true });
  await dir.write(`${Array(MAX_DEPTH - 1).fill("e").join("/")}/last`, "x");
  assert.equal((await assertSame(dir.path)).found, MAX_DEPTH);
});

testWith(["gnuFind"], "paths longer than a call takes are told as without find", async () => {
  await using dir = await ledTree();
  const python = `
import os, sys
os.chdir(sys.argv[1])
for i in range(25):
    os.mkdir("n" * 200)
    os.chdir("n" * 200)
    open("file", "w").close()
`;
  await new Deno.Command("python3", { args: ["-c", python, dir.path] }).output();
  const find = await assertSame(dir.path);
  assert.ok(find.none > 0);
  await new Deno.Command("rm", { args: ["-rf", dir.join("n".repeat(200))] }).output();
});

testWith(["gnuFind"], "what is gone when find comes to it is told as without find", async () => {
  await using dir = await ledTree();
  await dir.write("gone/x", "x");
  await dir.write("stays/x", "x");
  const { entries, find } = await walkWith(dir.path, {
    onEntry({ path }) {
      if (path === `0/${1000 + LEAD - 1}`) Deno.removeSync(dir.join("gone"), { recursive: true });
    },
  });
  assert.deepEqual(
    entries.slice(LEAD + 1).map((entry) =>
      `${entry.kind === "problem" ? entry.code : entry.kind} ${entry.path}`
    ),
    ["vanished gone", "directory stays", "file stays/x"],
  );
  assert.equal(find.none, 1);
});

testWith(
  ["gnuFind"],
  "a folder that find may not enter is a problem, and no empty one",
  async () => {
    if (Deno.uid() === 0) return; // root enters everything; CI runs this as a user too
    await using dir = await ledTree();
    await dir.write("run/closed/x", "x");
    await Deno.chmod(dir.join("run/closed"), 0);
    const { entries, find } = await walkWith(dir.path);
    assert.deepEqual(entries, await entriesOf(dir.path, {}));
    await Deno.chmod(dir.join("run/closed"), 0o700);
    assert.deepEqual(entries.flatMap((one) => one.kind === "problem" ? [one.path] : []), [
      "run/closed",
    ]);
    assert.equal(find.none, 1);
  },
);

testWith(["gnuFind", "fuse"], "a listing that breaks off under find is listed again", async () => {
  await using share = await oddShare();
  for (const folder of ["0", "run/a", "run/b"]) {
    await Deno.mkdir(join(share.diskPath, folder), { recursive: true });
    for (let i = 0; i < (folder === "0" ? LEAD : 3); i++) {
      Deno.writeTextFileSync(join(share.diskPath, folder, `${1000 + i}`), "x");
    }
  }
  const whole = await entriesOf(share.path, {});
  // The root and 0 by the walk, then run, run/a, run/b by find, and the one that fails again.
  for (const nth of [3, 4, 5]) {
    await share.set({ fails: [{ operation: "readdir", nth, errno: "EIO" }] });
    const { entries, find } = await walkWith(share.path);
    assert.equal(find.none, 1, `${nth}`);
    assert.deepEqual(entries, whole, `${nth}`);
  }
  await share.set({ fails: [{ operation: "readdir", nth: 3, errno: "EIO", onwards: true }] });
  const { entries } = await walkWith(share.path);
  const problems = entries.flatMap((entry) => entry.kind === "problem" ? [entry] : []);
  assert.deepEqual(problems.map(({ path, code }) => [path, code]), [["run", "unreadable"]]);
});

testWith(
  ["gnuFind", "fuse"],
  "a find that hangs with its share holds nobody who gives up",
  async () => {
    await using share = await oddShare();
    for (const folder of ["0", "run/a"]) {
      await Deno.mkdir(join(share.diskPath, folder), { recursive: true });
      for (let i = 0; i < LEAD; i++) {
        Deno.writeTextFileSync(join(share.diskPath, folder, `${1000 + i}`), "x");
      }
    }
    await share.set({ hangsAt: { operation: "readdir", name: "run/a" } });
    using pool = new DiskPool();
    const stop = new AbortController();
    const walked = Array.fromAsync(pool.walkTree(share.path, { signal: stop.signal }));
    walked.catch(() => {});
    await until(() => share.isHanging(), { what: "the share to hang" });
    stop.abort(new Error("a person gave up"));
    await assert.rejects(walked, /gave up/);
    share.on();
    await share.set({});
    const again = (await Array.fromAsync(pool.walkTree(share.path))).flat();
    assert.equal(again.length, 2 * LEAD + 3);
  },
);

testWith(["gnuFind"], "trees that are too large for a portion come whole", async () => {
  await using dir = await ledTree();
  // A record is some 190 bytes: 64 kB are 340 of them, 256 kB 1,370.
  const sizes = { a: 3, b: 500, c: 120, d: 1_500, e: 120, f: 120, g: 120, h: 1 };
  for (const [name, size] of Object.entries(sizes)) {
    await Deno.mkdir(dir.join(name));
    for (let i = 0; i < size; i++) Deno.writeTextFileSync(dir.join(name, "n".repeat(120) + i), "");
  }
  const find = await assertSame(dir.path, { scale: 16 });
  // All but the one that is too large by itself.
  assert.equal(find.found, 3 + 500 + 4 * 120 + 1 + Object.keys(sizes).length - 1);
  assert.equal(find.none, 0);
});

testWith(["gnuFind"], "a walk of a small tree starts no process", async () => {
  await using small = await tempDir();
  for (let i = 0; i < 200; i++) await small.write(`d${i}/f`, "");
  assert.equal((await assertSame(small.path)).asked, 0);
});

testWith(["gnuFind"], "a program that is no find, or fails, is believed nothing", async () => {
  await using dir = await tempDir();
  await dir.write("a/x", "x");
  const run = {
    starts: [dir.join("a")],
    skipNames: [],
    maxDepth: 5,
    maxBytes: 1000,
    signal: new AbortController().signal,
  };
  const place = { root: dir.path, starts: ["a"] };
  assert.equal(await runFind(dir.join("nothing"), run), null);
  assert.equal(await runFind("/bin/false", run), null);
  const echoed = await runFind("/bin/echo", run);
  assert.equal(echoed && foundTrees(echoed, place), null);
  const silent = await runFind("/bin/true", run);
  assert.equal(silent && foundTrees(silent, place), null);

  const find = await gnuFind();
  if (find === null) return;
  const whole = await runFind(find, run);
  assert.equal(foundTrees(whole!, place)![0]!.size, 2);
  for (let length = 0; length < whole!.bytes.length; length++) {
    const part = { bytes: whole!.bytes.slice(0, length), isWhole: true };
    const trees = foundTrees(part, place);
    // A whole record less is a tree that find would have told in full: its exit says so, not its words.
    if (trees !== null) assert.equal(part.bytes.at(-1), 0, `${length}`);
    assert.deepEqual(foundTrees({ ...part, isWhole: false }, place), []);
  }
  assert.equal(await runFind(find, { ...run, starts: [dir.join("a"), dir.join("b")] }), null);
  const stopped = AbortSignal.abort();
  assert.equal(await runFind(find, { ...run, signal: stopped }), null);
});

Deno.test("a folder of very many files is read once, however far its start lies behind", () => {
  const files = 40_000;
  const record = (kind: string, path: string) =>
    `${kind} 1 1700000000.1230000000 1700000000.0000000000 1:${path.length + 1} 1 8 ${path}\0`;
  const text = record("d", "") +
    Array.from({ length: files }, (_, i) => record("f", `${i}`)).join("");
  // Looking for the folder of each in all that comes before it took minutes.
  const bytes = new TextEncoder().encode(text);
  const [tree] = foundTrees({ bytes, isWhole: true }, { root: "/r", starts: ["a"] })!;
  assert.equal(tree!.size, files + 1);
  const paths = Array.from({ length: files + 1 }, () => tree!.next()!.path);
  assert.deepEqual(paths, ["a", ...Array.from({ length: files }, (_, i) => `a/${i}`).sort()]);
  assert.equal(tree!.next(), null);
});
