import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import {
  type CopyItem,
  type DestinationNote,
  DiskPool,
  isPartName,
  Pace,
} from "../../lib/disk/mod.ts";
import { copyOne } from "./copy_one.ts";
import { startScript } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";

const CHILD = new URL("./copy_child.ts", import.meta.url);

/** An item for an existing source below `dir`, to `far/<to>` below it. */
function itemOf(dir: TempDir, from: string, to: string): CopyItem {
  const info = Deno.lstatSync(dir.join(from));
  return {
    from: dir.join(from),
    to: dir.join("far", to),
    sizeBytes: info.size,
    mtimeMs: info.mtime!.getTime(),
  };
}

async function place(): Promise<TempDir> {
  const dir = await tempDir();
  await Deno.mkdir(dir.join("far"));
  return dir;
}

const hasCode = (code: string) => (error: unknown) =>
  error instanceof LabferryError && error.code === code;

function allNames(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) =>
    entry.isDirectory
      ? allNames(`${folder}/${entry.name}`).map((name) => `${entry.name}/${name}`)
      : [entry.name]
  ).sort();
}

Deno.test("copyFiles brings bytes, time and hash, and leaves nothing else", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  const bytes = new Uint8Array(2_500_000).map((_, i) => i * 13 + (i >> 8));
  await dir.write("run/image.czi", bytes);
  await Deno.utime(dir.join("run/image.czi"), 1_600_000_000.789, 1_600_000_000.789);
  const item = itemOf(dir, "run/image.czi", "p/Runs/run/image.czi");
  const copied = await copyOne(pool, { ...item, root: dir.join("far") });
  const { sha256 } = await pool.hashFile(item.to);
  assert.deepEqual(copied, { sha256, sizeBytes: bytes.length });
  assert.deepEqual(await Deno.readFile(item.to), bytes);
  assert.equal(Deno.statSync(item.to).mtime!.getTime(), 1_600_000_000_789);
  assert.deepEqual(allNames(dir.join("far")), ["p/Runs/run/image.czi"]);
});

Deno.test("copyFiles copies many in order; one failure does not touch the others", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  const items: CopyItem[] = [];
  for (let i = 0; i < 200; i++) {
    await dir.write(`run/d${i % 7}/f${i}`, `content ${i}`);
    items.push(itemOf(dir, `run/d${i % 7}/f${i}`, `run/d${i % 7}/f${i}`));
  }
  await Deno.remove(items[100]!.from);
  let seen = 0;
  for await (const outcome of pool.copyFiles(items, { root: dir.join("far") })) {
    assert.equal(outcome.item, items[seen]);
    if (seen === 100) assert.ok(!outcome.ok && outcome.error.code === "source_vanished");
    else assert.ok(outcome.ok, String(seen));
    seen++;
  }
  assert.equal(seen, 200);
  assert.equal(allNames(dir.join("far")).length, 199);
});

testWith(["links"], "copyFiles refuses a source that is not the sealed one", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  await dir.write("f", "sealed");
  const item = itemOf(dir, "f", "f");
  const root = dir.join("far");
  const stat = await pool.hashFile(item.from);
  const wrong: Partial<CopyItem>[] = [
    { sizeBytes: 5 },
    { mtimeMs: item.mtimeMs - 1 },
    { expect: { ...stat, ctimeS: stat.ctimeS - 1 } },
    { expect: { ...stat, fileId: "1:1" } },
  ];
  for (const part of wrong) {
    await assert.rejects(copyOne(pool, { ...item, ...part, root }), hasCode("source_changed"));
  }
  await Deno.symlink(item.from, dir.join("link"));
  await assert.rejects(
    copyOne(pool, { ...item, from: dir.join("link"), root }),
    hasCode("not_a_file"),
  );
  assert.deepEqual(allNames(root), []);
  await copyOne(pool, { ...item, expect: stat, root });
  assert.deepEqual(allNames(root), ["f"]);
});

Deno.test("copyFiles sets an old target aside and never overwrites what was set aside", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  const root = dir.join("far");
  await dir.write("f", "second generation");
  await dir.write("far/run/f", "proven");
  const item = { ...itemOf(dir, "f", "run/f"), root };
  const aside = { of: dir.join("far/run"), into: dir.join("far/.old/run/1") };
  const named: string[] = [];
  await copyOne(pool, { ...item, aside, onSetAside: (path) => named.push(path) });
  assert.deepEqual(named, ["f"]);
  assert.equal(await Deno.readTextFile(dir.join("far/.old/run/1/f")), "proven");
  assert.equal(await Deno.readTextFile(item.to), "second generation");
  await assert.rejects(copyOne(pool, { ...item, aside }), hasCode("already_exists"));
  assert.equal(await Deno.readTextFile(dir.join("far/.old/run/1/f")), "proven");
  assert.deepEqual(allNames(root), [".old/run/1/f", "run/f"]);
});

Deno.test("copyFiles finishes a setting aside that was cut off after its first half", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  await dir.write("f", "new");
  await dir.write("far/f", "proven");
  await Deno.mkdir(dir.join("far/old"));
  await Deno.link(dir.join("far/f"), dir.join("far/old/f"));
  await copyOne(pool, {
    ...itemOf(dir, "f", "f"),
    aside: { of: dir.join("far"), into: dir.join("far/old") },
    root: dir.join("far"),
  });
  assert.equal(await Deno.readTextFile(dir.join("far/old/f")), "proven");
  assert.equal(await Deno.readTextFile(dir.join("far/f")), "new");
});

testWith(
  ["links"],
  "copyFiles follows no link on the way, leaves the root, and makes no root",
  async () => {
    await using dir = await place();
    using pool = new DiskPool();
    const root = dir.join("far");
    await dir.write("f", "x");
    await dir.write("elsewhere/kept", "x");
    await Deno.symlink(dir.join("elsewhere"), dir.join("far/link"));
    await dir.write("far/file", "x");
    const item = itemOf(dir, "f", "f");
    const code = (to: string, below = root) =>
      copyOne(pool, { ...item, to, root: below })
        .then(() => "none", (error) => (error as LabferryError).code);
    assert.equal(await code(dir.join("far/link/f")), "link_refused");
    assert.equal(await code(dir.join("far/link/sub/f")), "link_refused");
    assert.equal(await code(dir.join("far/file/f")), "not_a_folder");
    assert.equal(await code(dir.join("f2")), "outside_root");
    assert.equal(await code(dir.join("far/../f2")), "outside_root");
    assert.equal(await code(dir.join("nowhere/f"), dir.join("nowhere")), "not_found");
    assert.deepEqual(allNames(dir.join("elsewhere")), ["kept"]);
  },
);

testWith(["links"], "copyFiles refuses a target name that is a link or a folder", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  await dir.write("f", "x");
  const target = await dir.write("precious", "kept");
  await Deno.symlink(target, dir.join("far/link"));
  await Deno.mkdir(dir.join("far/folder"));
  const refused = { link: "link_refused", folder: "not_a_file" };
  for (const [name, code] of Object.entries(refused)) {
    await assert.rejects(
      copyOne(pool, { ...itemOf(dir, "f", name), root: dir.join("far") }),
      hasCode(code),
    );
  }
  assert.equal(await Deno.readTextFile(target), "kept");
  assert.deepEqual(allNames(dir.join("far")), ["link"]);
});

Deno.test("copyFiles takes names of 255 bytes", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  const name = `${"é".repeat(127)}x`;
  await dir.write(name, "long");
  await copyOne(pool, { ...itemOf(dir, name, name), root: dir.join("far") });
  assert.deepEqual(allNames(dir.join("far")), [name]);
});

testWith(
  ["tmpfs"],
  "copyFiles says disk_full, leaves no part, and other files arrive",
  async () => {
    await using dir = await tempDir();
    await using disk = await smallDisk(256);
    using pool = new DiskPool();
    await dir.write("large", new Uint8Array(1_000_000));
    await dir.write("small", "fits");
    const items = ["large", "small"].map((name) => ({
      ...itemOf(dir, name, name),
      to: disk.join(name),
    }));
    const codes: string[] = [];
    for await (const outcome of pool.copyFiles(items, { root: disk.path })) {
      codes.push(outcome.ok ? "ok" : outcome.error.code);
    }
    assert.deepEqual(codes, ["disk_full", "ok"]);
    assert.deepEqual(allNames(disk.path), ["small"]);
  },
);

testWith(
  ["tmpfs"],
  "copyFiles writes nothing when the mount behind its guard is gone",
  async () => {
    await using dir = await tempDir();
    await using disk = await smallDisk(256);
    using pool = new DiskPool();
    await dir.write("f", "x");
    const guard = { path: disk.path, dev: Deno.statSync(disk.path).dev };
    const item = { ...itemOf(dir, "f", "f"), to: disk.join("f"), root: disk.path, guard };
    await copyOne(pool, item);
    disk.unmount();
    await assert.rejects(copyOne(pool, item), hasCode("mount_lost"));
    await assert.rejects(
      pool.makeFolders([disk.join("sub")], { root: disk.path, guard }),
      hasCode("mount_lost"),
    );
    assert.deepEqual([...Deno.readDirSync(disk.path)], []);
  },
);

Deno.test("makeFolders makes empty folders below the root and nothing outside", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  const root = dir.join("far");
  await pool.makeFolders([dir.join("far/a/b"), dir.join("far/c")], { root });
  assert.ok(Deno.statSync(dir.join("far/a/b")).isDirectory);
  assert.ok(Deno.statSync(dir.join("far/c")).isDirectory);
  await assert.rejects(pool.makeFolders([dir.join("d")], { root }), hasCode("outside_root"));
});

Deno.test("copyFiles keeps to its pace, and a new pace counts at once", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  await dir.write("f", new Uint8Array(300_000));
  const item = { ...itemOf(dir, "f", "f"), root: dir.join("far") };
  const pace = new Pace(1_000_000);
  const startedMs = performance.now();
  await copyOne(pool, { ...item, pace });
  assert.ok(performance.now() - startedMs >= 280);
  assert.throws(() => pace.set(0), RangeError);
  // At this one it would take half a minute.
  pace.set(10_000);
  pace.set(null);
  const freeMs = performance.now();
  await copyOne(pool, { ...item, pace });
  assert.ok(performance.now() - freeMs < 15_000);
});

Deno.test("copyFiles takes a new pace in the middle of a file", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  await dir.write("f", new Uint8Array(3_000_000));
  const pace = new Pace(100_000);
  const startedMs = performance.now();
  const onBytes = () => pace.set(null);
  await copyOne(pool, { ...itemOf(dir, "f", "f"), root: dir.join("far"), pace, onBytes });
  // At the first pace it would have taken half a minute.
  assert.ok(performance.now() - startedMs < 15_000);
});

Deno.test("copyFiles at a slow pace ends at once when given up, leaving no part", async () => {
  await using dir = await place();
  using pool = new DiskPool({ threads: 1 });
  await dir.write("f", new Uint8Array(3_000_000));
  const item = { ...itemOf(dir, "f", "f"), root: dir.join("far") };
  const giveUp = new AbortController();
  const copying = copyOne(pool, { ...item, pace: new Pace(20_000), signal: giveUp.signal });
  while (allNames(dir.join("far")).length === 0) await new Promise((r) => setTimeout(r, 2));
  giveUp.abort(new Error("enough"));
  await assert.rejects(copying, /enough/);
  // One thread: when it answers again the copy has tidied up.
  await pool.hashFile(item.from);
  assert.deepEqual(allNames(dir.join("far")), []);
});

Deno.test("a copy that is killed leaves only a part, which removeParts takes away", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  await dir.write("f", new Uint8Array(3_000_000).fill(7));
  await dir.write("far/run/.notes.labferry-part", "a person's file");
  const item = itemOf(dir, "f", "run/f");
  await using child = startScript(CHILD, [JSON.stringify({ ...item, root: dir.join("far") })]);
  await child.said("copying");
  await child.kill();
  const left = allNames(dir.join("far/run")).filter((name) => name !== ".notes.labferry-part");
  assert.equal(left.length, 1);
  assert.ok(isPartName(left[0]!), left[0]);
  assert.deepEqual(await pool.removeParts(dir.join("far/run")), [dir.join("far/run", left[0]!)]);
  assert.deepEqual(allNames(dir.join("far/run")), [".notes.labferry-part"]);
  assert.deepEqual(await pool.removeParts(dir.join("nowhere")), []);
});

testWith(
  ["unix"],
  "copyFiles makes no folder that everybody may write to, whatever the umask is",
  async () => {
    await using dir = await place();
    using pool = new DiskPool();
    await dir.write("deep/a", "a");
    const before = Deno.umask(0);
    try {
      for (const [umask, mode] of [[0, 0o775], [0o002, 0o775], [0o027, 0o750]] as const) {
        Deno.umask(umask);
        const folder = `deep${umask}`;
        await copyOne(pool, {
          ...itemOf(dir, "deep/a", `${folder}/a`),
          root: dir.join("far"),
        });
        const made = Deno.statSync(dir.join("far", folder)).mode! & 0o777;
        assert.equal(made.toString(8), mode.toString(8));
      }
    } finally {
      Deno.umask(before);
    }
  },
);

testWith(["unix"], "copyFiles lets nobody read the copy who may not read the source", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  const before = Deno.umask(0o022);
  try {
    for (const [name, mode] of [["a", 0o600], ["b", 0o440], ["c", 0o666]] as const) {
      await dir.write(name, name);
      await Deno.chmod(dir.join(name), mode);
      await copyOne(pool, { ...itemOf(dir, name, name), root: dir.join("far") });
      const copied = Deno.statSync(dir.join("far", name)).mode! & 0o777;
      assert.equal(copied, mode & 0o755, `${name}: ${copied.toString(8)}`);
    }
  } finally {
    Deno.umask(before);
  }
});

Deno.test("copyFiles leaves a target with the same bytes when told, and gives it its time", async () => {
  await using dir = await place();
  using pool = new DiskPool();
  await dir.write("f", "bytes");
  const there = await dir.write("far/f", "bytes");
  await Deno.utime(there, 1_500_000_000, 1_500_000_000);
  const { ino } = await Deno.stat(there);
  const item = { ...itemOf(dir, "f", "f"), root: dir.join("far") };
  const aside = { of: dir.join("far"), into: dir.join("far/.old") };
  const onSetAside = (path: string) => assert.fail(path);
  await copyOne(pool, { ...item, aside, keepEqual: true, onSetAside });
  assert.equal((await Deno.stat(there)).ino, ino);
  assert.equal((await Deno.stat(there)).mtime!.getTime(), item.mtimeMs);
  await dir.write("far/f", "BYTES");
  const named: string[] = [];
  await copyOne(pool, { ...item, aside, keepEqual: true, onSetAside: (path) => named.push(path) });
  assert.deepEqual(named, ["f"]);
  assert.deepEqual(allNames(dir.join("far")), [".old/f", "f"]);
});

Deno.test("copyFiles moves a file away once that stands where many need a folder", async () => {
  await using dir = await place();
  using pool = new DiskPool({ threads: 2 });
  await dir.write("far/run/x", "in the way");
  const items: CopyItem[] = [];
  for (let i = 0; i < 300; i++) {
    await dir.write(`x/f${i}`, `content ${i}`);
    items.push(itemOf(dir, `x/f${i}`, `run/x/f${i}`));
  }
  const named: string[] = [];
  const aside = { of: dir.join("far/run"), into: dir.join("far/.old") };
  const onSetAside = (path: string) => void named.push(path);
  for await (const outcome of pool.copyFiles(items, { root: dir.join("far"), aside, onSetAside })) {
    assert.ok(outcome.ok, outcome.ok ? "" : outcome.error.message);
  }
  assert.deepEqual(named, ["x"]);
  assert.equal(await Deno.readTextFile(dir.join("far/.old/x")), "in the way");
  assert.equal(allNames(dir.join("far/run/x")).length, 300);
});

testWith(
  ["tmpfs"],
  "a file dated beyond every calendar is copied, and is not changed",
  async () => {
    // Only some file systems keep such a time.
    await using disk = await smallDisk(256);
    using pool = new DiskPool();
    const from = disk.join("huge");
    await Deno.mkdir(disk.join("far"));
    await Deno.writeTextFile(from, "x");
    const touch = new Deno.Command("touch", { args: ["-d", "@9000000000000", from] });
    assert.ok((await touch.output()).success);
    assert.ok(Number.isNaN(Deno.lstatSync(from).mtime!.getTime()), "the time is an ordinary one");
    const { mtimeMs, sizeBytes } = await pool.hashFile(from);
    assert.equal(mtimeMs, 8.64e15);
    const notes: DestinationNote[] = [];
    await copyOne(pool, {
      from,
      to: disk.join("far/huge"),
      sizeBytes,
      mtimeMs,
      root: disk.join("far"),
      onNote: (note) => notes.push(note),
    });
    assert.deepEqual(notes, []);
    for await (const [entry] of pool.walkTree(disk.join("far"))) {
      assert.ok(entry?.kind === "file" && entry.mtimeMs === mtimeMs);
    }
  },
);
