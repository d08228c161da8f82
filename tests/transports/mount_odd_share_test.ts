/** A mount whose share has habits, goes away, or is full: what it is called, and that nothing is lost. */
import assert from "node:assert/strict";
import type { FarSession, FileToSend } from "../../lib/transports/contract.ts";
import { type FailureCode, TransportError } from "../../lib/transports/failure.ts";
import { MountTransport } from "../../lib/transports/mount/mod.ts";
import { contentsBelow } from "../contract/in_the_way.ts";
import { FAR_DIR, filesBelow, noise, pushDefaults, sha256 } from "../contract/stage.ts";
import { transportContract } from "../contract/suite.ts";
import { testWith } from "../support/needs.ts";
import {
  type OddHabits,
  type OddShare,
  oddShare,
  type ShareOperation,
} from "../support/odd_share.ts";
import { tempDir } from "../support/temp_dir.ts";
import { mountPlaceAt } from "./mount_place.ts";

const signal = new AbortController().signal;

/** The whole contract, where a second name is a rename and no longer a link. */
transportContract("mount without hard links", ["fuse"], async () => {
  const share = await oddShare({ noLinks: "EPERM" });
  return mountPlaceAt(share);
});

interface Scene extends AsyncDisposable {
  readonly share: OddShare;
  readonly run: string;
  readonly base: string;
  readonly session: FarSession;
  add(path: string, content: Uint8Array | string, mtimeMs?: number): Promise<FileToSend>;
  push(files: readonly FileToSend[], more?: Partial<Told>): Promise<Told>;
}

interface Told {
  readonly aside: string[];
  readonly notes: string[];
  readonly resend: boolean;
}

async function scene(habits: OddHabits = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const share = stack.use(await oddShare());
  const dir = stack.use(await tempDir());
  const base = share.join("lab");
  await Deno.mkdir(base);
  await Deno.mkdir(dir.join("run"));
  await share.set(habits);
  const transport = new MountTransport({ path: base });
  const session = stack.use(
    await transport.connect({ signal, token: "odd", scratchDir: dir.path }),
  );
  let pushes = 0;
  const open = stack.move();
  return {
    share,
    run: dir.join("run"),
    base,
    session,
    async add(path, content, mtimeMs = 1_600_000_000_000) {
      const file = await dir.write(`run/${path}`, content);
      await Deno.utime(file, mtimeMs / 1000, mtimeMs / 1000);
      return { path, sizeBytes: (await Deno.stat(file)).size, mtimeMs };
    },
    async push(files, { resend = false } = {}) {
      const told: Told = { aside: [], notes: [], resend };
      await session.push({
        ...pushDefaults(dir.join("run"), signal),
        files,
        supersedeInto: `.labferry-superseded/${++pushes}`,
        resend,
        onSetAside: (path) => told.aside.push(path),
        onNote: (note) => told.notes.push(note),
      });
      return told;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function says(code: FailureCode, text = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(`${error.message} ${error.hint ?? ""}`, text);
    return true;
  };
}

const CODE_OF_ERROR: Readonly<Record<string, FailureCode>> = {
  EDQUOT: "destination_full",
  ENOSPC: "destination_full",
  EFBIG: "file_too_large",
  ECONNABORTED: "unreachable",
  ECONNRESET: "unreachable",
  EHOSTDOWN: "unreachable",
  EHOSTUNREACH: "unreachable",
  EIO: "unreachable",
  ENETDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ENODEV: "unreachable",
  ENOTCONN: "unreachable",
  ENXIO: "unreachable",
  EREMOTEIO: "unreachable",
  ESTALE: "unreachable",
  ETIMEDOUT: "unreachable",
  EACCES: "auth",
  EROFS: "auth",
};

testWith(
  ["fuse"],
  "MountTransport calls each error of a write by its name, and goes on",
  async () => {
    await using place = await scene();
    const { share, base, add, push } = place;
    const old = noise(300_000, 1);
    await push([await add("a.dat", old)]);
    const now = noise(310_000, 2);
    const files = [await add("a.dat", now), await add("x/b.dat", "B")];
    for (const [errno, code] of Object.entries(CODE_OF_ERROR)) {
      await share.set({ fails: [{ operation: "write", nth: 2, errno, onwards: true }] });
      await assert.rejects(push(files), says(code), errno);
      assert.equal(
        sha256(await Deno.readFile(`${share.diskPath}/lab/${FAR_DIR}/a.dat`)),
        sha256(old),
      );
    }
    await share.set({});
    assert.deepEqual((await push(files)).aside, ["a.dat"]);
    assert.deepEqual(await filesBelow(`${base}/${FAR_DIR}`), ["a.dat", "x/b.dat"], "leftovers");
    assert.ok(await isSomewhere(share, old), "the old bytes are lost");
  },
);

const OPERATIONS: readonly ShareOperation[] = [
  "create",
  "fsync",
  "getattr",
  "link",
  "mkdir",
  "open",
  "readdir",
  "rename",
  "unlink",
  "write",
];

testWith(
  ["fuse"],
  "MountTransport holds the destination, whatever call its loss shows in",
  async () => {
    for (const operation of OPERATIONS) {
      await using place = await scene();
      const { share, base, add, push } = place;
      const old = noise(3_000, 3);
      await push([await add("a.dat", old), await add("p/q", "in the way")]);
      await Deno.remove(`${place.run}/p/q`);
      const now = noise(3_000, 4);
      const files = [await add("a.dat", now, 1_700_000_000_000), await add("p/q/b.dat", "B")];
      for (let nth = 1; nth <= 3; nth++) {
        // Only where there are no hard links names are renamed.
        const noLinks = { operation: "link", nth: 1, errno: "ENOTSUP", onwards: true } as const;
        await share.set({
          fails: [
            { operation, nth, errno: "EHOSTDOWN", onwards: true },
            ...(operation === "rename" ? [noLinks] : []),
          ],
        });
        const failed = await push(files).then(() => null, (error: unknown) => error);
        if (failed !== null) says("unreachable")(failed);
        else assert.ok(nth > 1, `${operation} was never asked for`);
      }
      await share.set({});
      await push(files);
      assert.deepEqual(await filesBelow(`${base}/${FAR_DIR}`), ["a.dat", "p/q/b.dat"], operation);
      assert.equal(sha256(await Deno.readFile(`${base}/${FAR_DIR}/a.dat`)), sha256(now));
      assert.ok(await isSomewhere(share, old), `${operation}: the old bytes are lost`);
      assert.ok(
        await isSomewhere(share, "in the way"),
        `${operation}: what was in the way is lost`,
      );
    }
  },
);

testWith(
  ["fuse"],
  "MountTransport calls a share that is gone unreachable in everything",
  async () => {
    await using place = await scene();
    const { share, session, add, push } = place;
    const files = [await add("a.dat", "A")];
    await push(files);
    const listed = async () => {
      for await (const _ of session.list(FAR_DIR)) { /* to the end */ }
    };
    const hash = {
      farDir: FAR_DIR,
      files,
      onHash: () => {},
      dropCache: false,
      maxStreamBytes: 0,
      acceptProviderAsserted: false,
      signal,
    };
    for (const down of ["EHOSTDOWN", "ESTALE", "ENODEV"]) {
      await share.set({ down });
      for (
        const act of [
          () => session.check(),
          listed,
          () => push(files),
          () => session.hash(hash),
          () => session.getFiles(FAR_DIR, ["r.json"]),
          () => session.putFiles(FAR_DIR, new Map([["r.json", new Uint8Array([1])]])),
          () => session.setAside(FAR_DIR, ["a.dat"], ".labferry-superseded/x"),
          () => session.flush(FAR_DIR),
          () => session.nameHabits(FAR_DIR),
        ]
      ) {
        await assert.rejects(act(), says("unreachable"), `${down}: ${act}`);
      }
    }
    await share.set({});
    await push(files);
  },
);

testWith(
  ["fuse"],
  "MountTransport says destination_full of a quota, when it is told late too",
  async () => {
    for (const quotaAt of ["write", "fsync"] as const) {
      await using place = await scene({ quotaBytes: 200_000, quotaAt });
      const { base, add, push } = place;
      const fits = await add("a.dat", noise(100_000, 5));
      const tooMuch = await add("b.dat", noise(150_000, 6));
      await assert.rejects(push([fits, tooMuch]), says("destination_full", /[Qq]uota/));
      await push([fits]);
      assert.deepEqual(await filesBelow(`${base}/${FAR_DIR}`), ["a.dat"]);
    }
  },
);

testWith(
  ["fuse"],
  "MountTransport calls a file over the limit too large, never the place full",
  async () => {
    await using place = await scene({ mostFileBytes: 1_000_000 });
    const { run, add, push } = place;
    const big = await add("stack.czi", noise(1_200_000, 7));
    await assert.rejects(push([big]), (error: unknown) => {
      says("file_too_large", /takes no file of 1200000 bytes.*FAT32/)(error);
      assert.equal((error as TransportError).path, `${run}/stack.czi`);
      return true;
    });
    await push([await add("small.tif", "s")]);
  },
);

testWith(["fuse"], "MountTransport sends to a share that keeps no times, once", async () => {
  for (const noTimes of ["EPERM", "EACCES", "ENOSYS", "EOPNOTSUPP"]) {
    await using place = await scene({ noTimes });
    const { base, add, push } = place;
    const files = [await add("a.dat", "A"), await add("b.dat", "B"), await add("c.dat", "C")];
    const first = await push(files);
    assert.equal(first.notes.length, 1, noTimes);
    assert.match(first.notes[0]!, /times cannot be set/);
    const { ino } = await Deno.stat(`${base}/${FAR_DIR}/a.dat`);
    assert.deepEqual((await push(files)).aside, []);
    assert.equal((await Deno.stat(`${base}/${FAR_DIR}/a.dat`)).ino, ino, "it was sent again");
    assert.deepEqual(await contentsBelow(base), {
      [`${FAR_DIR}/a.dat`]: "A",
      [`${FAR_DIR}/b.dat`]: "B",
      [`${FAR_DIR}/c.dat`]: "C",
    });
  }
});

testWith(["fuse"], "MountTransport notes that folders are not flushed, and goes on", async () => {
  for (const noFolderFlush of ["EINVAL", "EOPNOTSUPP"]) {
    await using place = await scene({ noFolderFlush });
    const { session, add, push } = place;
    const { notes } = await push([await add("a.dat", "A"), await add("x/b.dat", "B")]);
    assert.equal(notes.filter((note) => /flush/.test(note)).length, 1, noFolderFlush);
    const { flushed, note } = await session.flush(FAR_DIR);
    assert.equal(flushed, false);
    assert.match(note!, /does not flush folders/);
  }
});

testWith(["fuse"], "MountTransport loses nothing where case is folded", async () => {
  await using place = await scene({ foldsCase: true });
  const { share, session, add, push } = place;
  assert.deepEqual(await session.nameHabits(FAR_DIR), { foldsCase: true, normalises: false });
  await push([await add("sub/keep.tif", "proven bytes")]);
  const files = [await add("sub/Keep.tif", "other bytes")];
  assert.deepEqual((await push(files)).aside, ["sub/Keep.tif"]);
  const far = `${share.diskPath}/lab/${FAR_DIR}`;
  assert.deepEqual(await contentsBelow(far), { "sub/Keep.tif": "other bytes" });
  assert.ok(await isSomewhere(share, "proven bytes"));
  assert.deepEqual((await push(files)).aside, [], "it is not sent again");
});

testWith(["fuse"], "MountTransport finds out that a place normalises names", async () => {
  await using place = await scene({ normalises: true });
  const { share, session } = place;
  assert.deepEqual(await session.nameHabits(""), { foldsCase: false, normalises: true });
  assert.deepEqual(await filesBelow(share.diskPath), []);
  await share.set({ fails: [{ operation: "create", nth: 1, errno: "EACCES", onwards: true }] });
  assert.deepEqual(await session.nameHabits(""), { foldsCase: null, normalises: null });
});

testWith(["fuse"], "MountTransport carries what fits where names are short", async () => {
  await using place = await scene({ mostNameBytes: 143 });
  const { session, add, push } = place;
  const long = `${"n".repeat(139)}.tif`;
  await push([await add(`sub/${long}`, "data")]);
  await push([await add(`sub/${long}`, "more data")]);
  const record = `${"r".repeat(138)}.json`;
  await session.putFiles(FAR_DIR, new Map([[record, new Uint8Array([1])]]));
  const tooLong = `${"m".repeat(144)}`;
  await assert.rejects(push([await add(tooLong, "x")]), says("name_not_carried", /m{144}/));
});

async function isSomewhere(share: OddShare, bytes: Uint8Array | string): Promise<boolean> {
  for (const path of await filesBelow(share.diskPath)) {
    if (sha256(await Deno.readFile(`${share.diskPath}/${path}`)) === sha256(bytes)) return true;
  }
  return false;
}
