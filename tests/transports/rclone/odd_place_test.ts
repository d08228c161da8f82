/** Shares with habits under an rclone remote: folded and composed names, no times, short names. */
import assert from "node:assert/strict";
import type { FarSession, FileToSend, PushRequest } from "../../../lib/transports/contract.ts";
import { TransportError } from "../../../lib/transports/failure.ts";
import { filesBelow, sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { type OddHabits, oddShare } from "../../support/odd_share.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { connect, without } from "./places.ts";

/** More than `--no-traverse` is used for: then rclone knows far names by listing only. */
const MANY = 70;
const ASIDE = "aside/1";

interface OddPlace extends AsyncDisposable {
  readonly dir: TempDir;
  readonly session: FarSession;
  /** Behind the share's back. */
  disk(path: string): string;
}

async function oddPlace(habits: OddHabits): Promise<OddPlace> {
  await using stack = new AsyncDisposableStack();
  const share = stack.use(await oddShare(habits));
  const dir = stack.use(await tempDir());
  const session = stack.use(
    await connect(dir, { section: "[nas]\ntype = local\n", path: share.path }),
  );
  const open = stack.move();
  return {
    dir,
    session,
    disk: (path) => `${share.diskPath}/${path}`,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function source(dir: TempDir, path: string, content: string): Promise<FileToSend> {
  const file = await dir.write(`source/${path}`, content);
  const { size, mtime } = await Deno.stat(file);
  return { path, sizeBytes: size, mtimeMs: mtime!.getTime() };
}

async function many(dir: TempDir): Promise<FileToSend[]> {
  const numbers = Array.from({ length: MANY }, (_, n) => n);
  return await Promise.all(numbers.map((n) => source(dir, `n${n}.dat`, `${n}`)));
}

async function push(
  { dir, session }: OddPlace,
  files: FileToSend[],
  more: Partial<PushRequest> = {},
): Promise<{ aside: string[]; notes: string[] }> {
  const told = { aside: [] as string[], notes: [] as string[] };
  await session.push({
    sourceDir: dir.join("source"),
    files,
    farDir: "run",
    supersedeInto: ASIDE,
    onSetAside: (path) => told.aside.push(path),
    onNote: (note) => told.notes.push(note),
    resend: false,
    uploadMbps: null,
    signal: new AbortController().signal,
    ...more,
  });
  return { aside: told.aside.sort(), notes: told.notes };
}

async function hashes({ session }: OddPlace, files: FileToSend[]): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  await session.hash({
    farDir: "run",
    files,
    onHash: (_, sha256) => found.push(sha256),
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal: new AbortController().signal,
  });
  return found;
}

testWith(["rclone", "fuse"], "RcloneTransport finds out what a share does to names", async () => {
  for (const [foldsCase, normalises] of [[true, false], [false, true]] as const) {
    await using place = await oddPlace({ foldsCase, normalises });
    assert.deepEqual(await place.session.nameHabits("run"), { foldsCase, normalises });
    assert.deepEqual(await filesBelow(place.disk("")), [], "left behind");
  }
});

testWith(
  ["rclone", "fuse"],
  "RcloneTransport does not know the habits of a place it may not write",
  async () => {
    await using place = await oddPlace({
      fails: [{ operation: "create", nth: 1, errno: "EACCES", onwards: true }],
    });
    const unknown = { foldsCase: null, normalises: null };
    assert.deepEqual(await place.session.nameHabits(""), unknown);
  },
);

testWith(
  ["rclone", "fuse"],
  "RcloneTransport sets aside another spelling where the share folds case",
  async () => {
    await using place = await oddPlace({ foldsCase: true });
    await Deno.mkdir(place.disk("run/Data"), { recursive: true });
    await Deno.writeTextFile(place.disk("run/keep.tif"), "proven");
    await Deno.writeTextFile(place.disk("run/Data/a.tif"), "proven too");
    await Deno.writeTextFile(place.disk("run/PLATE"), "a file");
    const files = [
      await source(place.dir, "Keep.tif", "other bytes"),
      await source(place.dir, "data/A.tif", "other"),
      ...await many(place.dir),
      await source(place.dir, "plate/b.tif", "B"),
    ];
    const { aside } = await push(place, files);
    assert.deepEqual(aside, ["Data/a.tif", "PLATE", "keep.tif"]);
    assert.equal(await Deno.readTextFile(place.disk("aside/1/keep.tif")), "proven");
    assert.equal(await Deno.readTextFile(place.disk("aside/1/Data/a.tif")), "proven too");
    assert.equal(await Deno.readTextFile(place.disk("aside/1/PLATE")), "a file");
    assert.equal(await Deno.readTextFile(place.disk("run/Keep.tif")), "other bytes");
  },
);

testWith(
  ["rclone", "fuse"],
  "RcloneTransport hashes what the share has in another case, and goes through no link for it",
  async () => {
    await using place = await oddPlace({ foldsCase: true });
    const files = [
      await source(place.dir, "DATA/a.tif", "A"),
      await source(place.dir, "lost.tif", "lost"),
      await source(place.dir, "Outside/b.tif", "B"),
      ...await many(place.dir),
    ];
    // The folders keep the spelling that they were made with.
    await Deno.mkdir(place.disk("run/Data"), { recursive: true });
    await place.dir.write("elsewhere/b.tif", "B");
    await push(place, files.slice(0, 1).concat(files.slice(3)));
    await Deno.symlink(place.dir.join("elsewhere"), place.disk("run/outside"));
    const [data, lost, outside, ...rest] = await hashes(place, files);
    assert.equal(data, sha256("A"));
    assert.deepEqual([lost, outside], [null, null]);
    assert.ok(rest.every((hash) => hash !== null));
  },
);

testWith(
  ["rclone"],
  "RcloneTransport leaves other spellings alone where they are other names",
  async () => {
    await using dir = await tempDir();
    await using session = await connect(dir, { section: "[nas]\ntype = local\n" });
    const decomposed = "e\u0301.tif";
    await dir.write("base/run/keep.tif", "a file of its own");
    await dir.write(`base/run/${decomposed}`, "another one");
    const files = [
      await source(dir, "Keep.tif", "ours"),
      ...await many(dir),
      await source(dir, decomposed.normalize("NFC"), "another one"),
    ];
    const place = { dir, session, disk: (path: string) => dir.join("base", path) } as OddPlace;
    assert.deepEqual((await push(place, files)).aside, []);
    assert.equal(await Deno.readTextFile(dir.join("base/run/keep.tif")), "a file of its own");
    assert.equal(await Deno.readTextFile(dir.join("base/run/Keep.tif")), "ours");
    assert.equal((await hashes(place, files)).at(-1), sha256("another one"));
  },
);

testWith(
  ["rclone", "fuse"],
  "RcloneTransport knows its file again where the share composes names otherwise",
  async () => {
    await using place = await oddPlace({ normalises: true });
    const decomposed = "run/probe e\u0301.tif";
    await Deno.mkdir(place.disk("run"));
    const files = [
      ...await many(place.dir),
      await source(place.dir, "probe \u00e9.tif", "same"),
    ];
    await Deno.writeTextFile(place.disk(decomposed), "same");
    await Deno.utime(
      place.disk(decomposed),
      files.at(-1)!.mtimeMs / 1000,
      files.at(-1)!.mtimeMs / 1000,
    );
    assert.deepEqual((await push(place, files)).aside, []);
    assert.equal((await hashes(place, files)).at(-1), sha256("same"));
    const changed = await source(place.dir, "probe \u00e9.tif", "other bytes");
    const { aside } = await push(place, [...files.slice(0, -1), changed], {
      supersedeInto: "aside/2",
    });
    assert.equal(aside.length, 1);
    const kept = await filesBelow(place.disk("aside/2"));
    assert.equal(await Deno.readTextFile(place.disk(`aside/2/${kept[0]}`)), "same");
    assert.equal((await hashes(place, [changed]))[0], sha256("other bytes"));
  },
);

testWith(["rclone", "fuse"], "RcloneTransport goes on where times cannot be set", async () => {
  await using place = await oddPlace({ noTimes: "EPERM" });
  const files = [await source(place.dir, "a.dat", "A"), await source(place.dir, "b.dat", "B")];
  const { notes, aside } = await push(place, files);
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /times cannot be set/);
  assert.deepEqual(aside, []);
  assert.deepEqual(await hashes(place, files), [sha256("A"), sha256("B")]);
});

testWith(["rclone", "fuse"], "RcloneTransport names the file whose name is too long", async () => {
  await using place = await oddPlace({ mostNameBytes: 60 });
  const long = `${"n".repeat(70)}.tif`;
  const pushing = push(place, [await source(place.dir, `x/${long}`, "N")]);
  await assert.rejects(pushing, (error: unknown) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.deepEqual([error.code, error.path], ["name_not_carried", `x/${long}`]);
    return true;
  });
});

testWith(
  ["rclone", "fuse"],
  "RcloneTransport calls no file system full that takes no large file",
  async () => {
    await using place = await oddPlace({ mostFileBytes: 1000 });
    const pushing = push(place, [await source(place.dir, "big.tif", "b".repeat(5000))]);
    await assert.rejects(pushing, (error: unknown) => {
      assert.ok(error instanceof TransportError, String(error));
      assert.deepEqual([error.code, error.path], ["file_too_large", "big.tif"]);
      return true;
    });
  },
);

for (
  const [errno, code] of [
    ["EDQUOT", "destination_full"],
    ["ESTALE", "unreachable"],
    ["EHOSTDOWN", "unreachable"],
    ["ENETDOWN", "unreachable"],
    ["ENXIO", "unreachable"],
    ["EREMOTEIO", "unreachable"],
  ]
) {
  testWith(["rclone", "fuse"], `RcloneTransport calls ${errno} ${code}`, async () => {
    await using place = await oddPlace({
      fails: [{ operation: "write", nth: 1, errno: errno!, onwards: true }],
    });
    const pushing = push(place, [await source(place.dir, "a.dat", "A")]);
    await assert.rejects(
      pushing,
      (error: unknown) => error instanceof TransportError && error.code === code,
    );
  });
}

testWith(["rclone"], "RcloneTransport says that a place keeps no empty folders", async () => {
  await using dir = await tempDir();
  const binary = await without(dir, "CanHaveEmptyDirectories");
  await using session = await connect(dir, { section: "[nas]\ntype = local\n", binary });
  const place = { dir, session } as OddPlace;
  const { notes } = await push(place, [await source(dir, "a.dat", "A")], { emptyDirs: ["empty"] });
  assert.match(notes.join(), /empty folders are not kept/);
});

testWith(
  ["rclone"],
  "RcloneTransport flushes a disk of this machine, and says where it cannot",
  async () => {
    await using dir = await tempDir();
    await using session = await connect(dir, {
      section: `[inner]\ntype = local\n[nas]\ntype = alias\nremote = inner:${dir.path}\n`,
      path: "base",
    });
    assert.deepEqual(await session.flush("run"), { flushed: true, note: null });
  },
);

testWith(["rclone", "fuse"], "RcloneTransport claims no flush of a share behind FUSE", async () => {
  await using place = await oddPlace({});
  const { flushed, note } = await place.session.flush("");
  assert.equal(flushed, false);
  assert.match(note ?? "", /FUSE/);
});
