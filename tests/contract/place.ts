/** Clauses about the place itself: reaching it, and never making it by accident. */
import assert from "node:assert/strict";
import { isDestinationFailure, TransportError } from "../../lib/transports/failure.ts";
import { exists, FAR_DIR } from "./stage.ts";
import type { Clause } from "./suite.ts";

export const PLACE: readonly Clause[] = [
  {
    id: "missing-base",
    sentence: "calls a missing base the destination's failure and makes nothing there",
    async run({ place, session, write, push }) {
      await Deno.remove(place.basePath, { recursive: true });
      const file = await write("a.dat", "A");
      await assert.rejects(session.check(), isDestinationsFault);
      await assert.rejects(push([file]), isDestinationsFault);
      await assert.rejects(
        push([file], { supersedeInto: ".labferry-superseded/x/1" }),
        isDestinationsFault,
      );
      await assert.rejects(
        session.putFiles(FAR_DIR, new Map([["r.json", new Uint8Array([1])]])),
        isDestinationsFault,
      );
      await assert.rejects(
        session.putFiles("", new Map([["id.json", new Uint8Array([1])]])),
        isDestinationsFault,
      );
      assert.equal(await exists(place.basePath), false, "something made the base");
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
      const parent = place.basePath.slice(0, place.basePath.lastIndexOf("/"));
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

function isDestinationsFault(error: unknown): boolean {
  assert.ok(error instanceof TransportError, `not a TransportError: ${error}`);
  assert.ok(isDestinationFailure(error.code), `${error.code} is not the destination's failure`);
  return true;
}
