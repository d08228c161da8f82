/** Clauses about the place itself: reaching it, and never making it by accident. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { LabferryError } from "../../lib/base/mod.ts";
import type { FarSession } from "../../lib/transports/contract.ts";
import { isDestinationFailure, TransportError } from "../../lib/transports/failure.ts";
import { exists, FAR_DIR, filesBelow, pushDefaults, type Stage } from "./stage.ts";
import type { Clause } from "./suite.ts";

export const PLACE: readonly Clause[] = [
  {
    id: "missing-base",
    sentence: "calls a missing base the destination's failure and makes nothing there",
    async run(stage) {
      await Deno.remove(stage.place.basePath, { recursive: true });
      await makesNoBase(stage, stage.session);
    },
  },
  {
    id: "missing-base-from-the-start",
    sentence: "makes no base either when it was missing at the connect",
    async run(stage) {
      await Deno.remove(stage.place.basePath, { recursive: true });
      let session: FarSession;
      try {
        session = await stage.connect();
      } catch (error) {
        // Refusing to connect is as good; making the base on the way is not.
        isDestinationsFault(error);
        assert.equal(await exists(stage.place.basePath), false, "something made the base");
        return;
      }
      await makesNoBase(stage, session);
    },
  },
  {
    id: "path-outside",
    sentence: "refuses a far path that leads out of the base, whatever is asked",
    async run({ place, session, push, hash, write, signal }) {
      const file = await write("a.dat", "A");
      const beside = `${place.basePath}/../beside.txt`;
      await Deno.writeTextFile(beside, "not ours");
      const bytes = new Map([["../beside.txt", new Uint8Array(1)]]);
      const fetching = {
        farDir: "x",
        files: [file],
        intoDir: `${place.basePath}/..`,
        downloadMbps: null,
        signal,
      };
      const asked: Record<string, () => unknown> = {
        getFiles: () => session.getFiles("", ["../beside.txt"]),
        putFiles: () => session.putFiles("", bytes),
        setAside: () => session.setAside("", ["../beside.txt"], "aside"),
        setAsideInto: () => session.setAside("x", ["a.dat"], "../aside"),
        list: () => Array.fromAsync(session.list("x/../..")),
        push: () => push([{ ...file, path: "../beside.txt" }]),
        pushInto: () => push([file], { farDir: "/abs" }),
        pushFolder: () => push([], { emptyDirs: ["a//b"] }),
        hash: () => hash(["./a.dat"], { signal }),
        fetch: () => session.fetch({ ...fetching, files: [{ ...file, path: "../beside.txt" }] }),
        fetchFrom: () => session.fetch({ ...fetching, farDir: "x/../.." }),
        flush: () => session.flush(".."),
        nameHabits: () => session.nameHabits("x/."),
      };
      for (const [what, ask] of Object.entries(asked)) {
        await assert.rejects(
          async () => void await ask(),
          (error: unknown) => error instanceof LabferryError && error.code === "path_outside",
          what,
        );
      }
      assert.equal(await Deno.readTextFile(beside), "not ours");
      assert.deepEqual(await filesBelow(place.basePath), []);
    },
  },
  {
    id: "create-base",
    sentence: "makes the base with its parents when asked, and leaves one that is there alone",
    async run({ place, session, write, push, far }) {
      await session.check();
      await push([await write("a.dat", "A")]);
      await session.createBase();
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.dat")), "A");
      const parent = dirname(place.basePath);
      await Deno.remove(parent, { recursive: true });
      await session.createBase();
      await session.check();
      assert.equal((await Deno.stat(place.basePath)).isDirectory, true);
    },
  },
  {
    id: "device",
    sentence: "tells the base's device or that it cannot know",
    async run({ place, session }) {
      const device = await session.deviceOfBase();
      if (device === null) return;
      assert.equal(device, (await Deno.stat(place.basePath)).dev);
    },
  },
  {
    id: "connect-again",
    sentence: "connects anew to the same place: each pass has its own connection",
    async run({ connect, write, push }) {
      await push([await write("a.dat", "A")]);
      const second = await connect();
      await second.check();
      const seen: string[] = [];
      for await (const file of second.list(FAR_DIR)) seen.push(file.path);
      assert.deepEqual(seen, ["a.dat"]);
    },
  },
];

async function makesNoBase(stage: Stage, session: FarSession): Promise<void> {
  const { place, write, runDir, signal } = stage;
  const files = [await write("a.dat", "A")];
  const record = new Map([["r.json", new Uint8Array([1])]]);
  const defaults = pushDefaults(runDir, signal);
  const attempts: (() => Promise<unknown>)[] = [
    () => session.check(),
    () => session.push({ ...defaults, files }),
    () => session.push({ ...defaults, files: [], emptyDirs: ["empty"] }),
    () => session.push({ ...defaults, files, supersedeInto: ".labferry-superseded/x/1" }),
    () => session.putFiles(FAR_DIR, record),
    () => session.putFiles("", record),
  ];
  for (const attempt of attempts) {
    await assert.rejects(attempt(), isDestinationsFault, attempt.toString());
    assert.equal(await exists(place.basePath), false, `it made the base: ${attempt}`);
  }
}

function isDestinationsFault(error: unknown): boolean {
  assert.ok(error instanceof TransportError, `not a TransportError: ${error}`);
  assert.ok(isDestinationFailure(error.code), `${error.code} is not the destination's failure`);
  return true;
}
