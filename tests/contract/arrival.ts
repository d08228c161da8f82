/** Clauses about what arrives: the list, the whole list, and nothing else. */
import assert from "node:assert/strict";
import { TransportError } from "../../lib/transports/failure.ts";
import type { TransportProgress } from "../../lib/transports/contract.ts";
import { exists, FAR_DIR, filesBelow, noise, sha256, type Stage } from "./stage.ts";
import type { Clause, Place } from "./suite.ts";
import { writeThere } from "../support/write_there.ts";

const names: readonly string[] = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/names.json", import.meta.url)),
).names;

export const ARRIVAL: readonly Clause[] = [
  {
    id: "exactly-the-list",
    sentence: "sends exactly the list and mirrors its paths",
    async run({ write, push, far, place }) {
      const top = await write("a.dat", "A");
      const nested = await write("x/y/b.dat", "B");
      await write("unlisted.log", "grows during the copy");
      await write("x/unlisted.tmp", "no");
      await push([top, nested]);
      assert.deepEqual(await filesBelow(place.basePath), [
        `${FAR_DIR}/a.dat`,
        `${FAR_DIR}/x/y/b.dat`,
      ]);
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "x/y/b.dat")), "B");
    },
  },
  {
    id: "nothing-listed",
    sentence: "sends an empty list without complaint",
    async run({ push, place }) {
      await push([]);
      assert.deepEqual(await filesBelow(place.basePath), []);
    },
  },
  {
    id: "source-vanished",
    sentence: "says source_vanished when a listed file is not there, and names it",
    async run({ write, push, runDir }) {
      const kept = await write("a.dat", "A");
      const gone = await write("gone.dat", "G");
      await Deno.remove(`${runDir}/gone.dat`);
      await assert.rejects(push([kept, gone]), (error: unknown) => {
        assert.ok(error instanceof TransportError, String(error));
        assert.equal(error.code, "source_vanished");
        assert.match(`${error.message} ${error.path}`, /gone\.dat/);
        return true;
      });
    },
  },
  {
    id: "keeps-what-is-there",
    sentence: "leaves far files alone that the list does not name",
    async run({ write, push, far }) {
      await push([await write("a.dat", "A")]);
      await writeThere(far(FAR_DIR, "by hand.txt"), "a person's");
      await push([await write("b.dat", "B")]);
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "by hand.txt")), "a person's");
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.dat")), "A");
    },
  },
  {
    id: "times-and-empty-folders",
    sentence: "keeps modification times and makes empty folders",
    async run({ write, push, far, place }) {
      const file = await write("t/a.dat", "A", 1_650_000_000_789);
      const notes: string[] = [];
      const emptyDirs = ["empty", "t/also empty", "-dash"];
      await push([file], { emptyDirs, onNote: (note) => notes.push(note) });
      const { mtime } = await Deno.stat(far(FAR_DIR, "t/a.dat"));
      const step = place.timeStepMs;
      if (step === null) {
        assert.ok(notes.some((note) => /modification times/.test(note)), "not a word of the times");
      } else {
        const [found, right] = [mtime!.getTime(), file.mtimeMs];
        assert.equal(Math.floor(found / step), Math.floor(right / step), "modification time");
      }
      for (const dir of emptyDirs) {
        assert.equal((await Deno.lstat(far(FAR_DIR, dir))).isDirectory, true, dir);
      }
    },
  },
  {
    id: "only-empty-folders",
    sentence: "makes empty folders when no file is listed",
    async run({ push, far }) {
      await push([], { emptyDirs: ["only"] });
      assert.equal((await Deno.lstat(far(FAR_DIR, "only"))).isDirectory, true);
    },
  },
  {
    id: "names",
    sentence: "carries every name byte for byte",
    run: carriesNames,
  },
  {
    id: "refused-names",
    sentence: "refuses a name it cannot carry before anything is sent",
    tools: ["anyNames"],
    async run({ place, write, push }) {
      const first = await write("a.dat", "A");
      for (const refused of names.filter((name) => isRefused(place, name))) {
        const files = [first, await write(refused, "R")];
        await assert.rejects(push(files), (error: unknown) => {
          assert.ok(error instanceof TransportError, String(error));
          assert.equal(error.code, "name_not_carried");
          return true;
        });
        assert.deepEqual(await filesBelow(place.basePath), []);
      }
    },
  },
  {
    id: "sizes",
    sentence: "carries an empty file and one of 20 MB, and reports progress to the end",
    run: carriesSizes,
  },
  {
    id: "arrived",
    sentence: "names each file it sends once, when it is whole over there and not before",
    run: namesArrivals,
  },
  {
    id: "arrived-early",
    sentence: "names a file that is whole over there while the next one travels",
    async run({ write, push, far }) {
      // Again, and slower: on a busy machine the word of the first may come when the second has begun,
      // and rsync then hears it only at its end.
      for (const [i, uploadMbps] of [60, 60, 60, 20, 20, 6, 6, 6, 6, 6].entries()) {
        const [first, second] = [`a${i}.dat`, `z${i}.tif`];
        // Files of a few megabytes may travel as one.
        const files = [await write(first, "A"), await write(second, noise(9_000_000, 3))];
        const whole: [string, boolean][] = [];
        const onArrived = (path: string) =>
          whole.push([path, sizeNow(far(FAR_DIR, second)) === 9e6]);
        await push(files, { uploadMbps, onArrived });
        assert.deepEqual(whole.map(([path]) => path), [first, second]);
        assert.equal(whole[1]?.[1], true);
        if (whole[0]?.[1] === false) return;
      }
      assert.fail("the first was named only when the second was there too");
    },
  },
  {
    id: "source-hashes",
    sentence: "gives the hash of each file that it sends exactly where its traits say so",
    async run({ place, write, push }) {
      const hashed: string[] = [];
      await push([await write("a.dat", "A"), await write("x/b.dat", "B")], {
        onSourceHash: (path) => hashed.push(path),
      });
      const { hashesWhileSending } = place.transport.traits;
      assert.deepEqual(hashed.sort(), hashesWhileSending ? ["a.dat", "x/b.dat"] : []);
    },
  },
  {
    id: "ceiling",
    sentence: "passes the bandwidth ceiling on without exceeding it",
    async run({ place, write, push }) {
      const file = await write("a.dat", "A");
      await push([file], { uploadMbps: 50 });
      const told = await place.toldUploadMbps();
      assert.ok(told !== null, "no ceiling was passed on");
      assert.ok(told <= 50, `${told} Mbit/s is more than 50`);
      assert.ok(told > 47, `${told} Mbit/s wastes the line`);
      await push([file], { resend: true, uploadMbps: null });
      assert.equal(await place.toldUploadMbps(), null, "a ceiling nobody asked for");
    },
  },
];

function isRefused({ transport, refusesName }: Place, name: string): boolean {
  return transport.refusalOfName(name) !== null || (refusesName?.(name) ?? false);
}

async function carriesNames({ place, write, push, hash, far, session }: Stage): Promise<void> {
  const files = [];
  for (const name of names) {
    if (isRefused(place, name)) continue;
    files.push(await write(name, `content of ${name}`));
    files.push(await write(`sub dir/${name}`, `nested ${name}`));
  }
  assert.ok(files.length > 0, "every name was refused");
  const notes: string[] = [];
  await push(files, { onNote: (note) => notes.push(note) });
  const expected = files.map((file) => file.path);
  const there = expected.map((path) => place.nameThere?.(path) ?? path);
  assert.deepEqual(new Set(await filesBelow(far(FAR_DIR))), new Set(there));
  const isSame = expected.every((path, at) => path === there[at]);
  assert.equal(notes.some((note) => /look-alikes/.test(note)), !isSame, notes.join("\n"));
  const listed = new Set<string>();
  for await (const { kind, path } of session.list(FAR_DIR)) if (kind === "file") listed.add(path);
  assert.deepEqual(listed, new Set(expected), "list");
  const { hashes } = await hash(expected);
  for (const [path, found] of hashes) {
    const nested = path.startsWith("sub dir/");
    const content = nested ? `nested ${path.slice(8)}` : `content of ${path}`;
    assert.equal(found, sha256(content), JSON.stringify(path));
  }
  assert.equal(hashes.length, expected.length);
}

async function carriesSizes({ write, push, far }: Stage): Promise<void> {
  const big = noise(20_000_000, 1);
  const files = [
    await write("big.tif", big),
    await write("empty.dat", new Uint8Array()),
    await write("small.dat", "s"),
  ];
  const seen: TransportProgress[] = [];
  const sourceHashes = new Map<string, string>();
  await push(files, {
    onProgress: (progress) => seen.push({ ...progress }),
    onSourceHash: (path, hash) => sourceHashes.set(path, hash),
  });
  assert.equal(sha256(await Deno.readFile(far(FAR_DIR, "big.tif"))), sha256(big));
  assert.equal((await Deno.stat(far(FAR_DIR, "empty.dat"))).size, 0);
  assert.equal(await exists(far(FAR_DIR, "small.dat")), true);
  assertProgress(seen, { bytes: 20_000_001, files: 3 });
  const right = new Map([
    ["big.tif", sha256(big)],
    ["empty.dat", sha256("")],
    ["small.dat", sha256("s")],
  ]);
  for (const [path, hash] of sourceHashes) assert.equal(hash, right.get(path), path);
}

function sizeNow(path: string): number | null {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function namesArrivals({ place, write, push, far }: Stage): Promise<void> {
  const big = noise(20_000_000, 2);
  const contents = new Map<string, string | Uint8Array>([
    ["big.tif", big],
    ["empty.dat", ""],
    ...names.filter((name) => !isRefused(place, name))
      .map((name) => [`x y/${name}`, name] as const),
  ]);
  const files = [];
  for (const [path, content] of contents) files.push(await write(path, content));
  let arrived: string[] = [];
  const unlike: string[] = [];
  const onArrived = (path: string) => {
    arrived.push(path);
    const there = sha256(Deno.readFileSync(far(FAR_DIR, place.nameThere?.(path) ?? path)));
    if (there !== sha256(contents.get(path)!)) unlike.push(path);
  };
  await push(files, { onArrived });
  assert.deepEqual(arrived.sort(), [...contents.keys()].sort());
  arrived = [];
  contents.set("empty.dat", "not any more").set("z to x.dat", "new");
  files.push(await write("z to x.dat", "new"));
  files[1] = await write("empty.dat", "not any more", 1_700_000_900_000);
  await push(files, { onArrived, supersedeInto: ".labferry-superseded/arrived" });
  assert.deepEqual(arrived.sort(), ["empty.dat", "z to x.dat"]);
  assert.deepEqual(unlike, [], "not whole when they were named");
}

function assertProgress(
  seen: readonly TransportProgress[],
  whole: { bytes: number; files: number },
): void {
  const last = seen.at(-1);
  assert.ok(last, "no progress was reported");
  for (let i = 1; i < seen.length; i++) {
    assert.ok(seen[i]!.bytesDone >= seen[i - 1]!.bytesDone, "bytes went back");
    const files = [seen[i - 1]!.filesDone, seen[i]!.filesDone];
    if (files[0] !== null && files[1] !== null) {
      assert.ok(files[1]! >= files[0]!, "files went back");
    }
  }
  assert.equal(last.bytesDone, whole.bytes);
  if (last.filesDone !== null) assert.equal(last.filesDone, whole.files);
}
