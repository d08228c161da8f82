/** Clauses about bytes that were proven once: they move, they are never lost. */
import assert from "node:assert/strict";
import { TransportError } from "../../lib/transports/failure.ts";
import { corrupt, exists, FAR_DIR, filesBelow, noise, sha256 } from "./stage.ts";
import type { Clause } from "./suite.ts";

const ASIDE = `.labferry-superseded/${FAR_DIR}`;

export const SUPERSEDE: readonly Clause[] = [
  {
    id: "supersede",
    sentence: "moves the old bytes aside before another file takes their name",
    async run({ write, push, far }) {
      const first = noise(300_000, 4);
      const second = noise(310_000, 5);
      const kept = await write("kept.dat", "kept");
      await push([await write("x/a.dat", first), kept]);
      const next = await write("x/a.dat", second, 1_700_000_900_000);
      await push([next, kept], { supersedeInto: `${ASIDE}/2026-04-18T00-00-00Z` });
      assert.equal(sha256(await Deno.readFile(far(FAR_DIR, "x/a.dat"))), sha256(second));
      const aside = far(ASIDE, "2026-04-18T00-00-00Z");
      assert.deepEqual(await filesBelow(aside), ["x/a.dat"], "only what was replaced");
      assert.equal(sha256(await Deno.readFile(`${aside}/x/a.dat`)), sha256(first));
    },
  },
  {
    id: "supersede-twice",
    sentence: "never touches what an earlier push moved aside",
    async run({ write, push, far }) {
      await push([await write("a.dat", "one")]);
      await push([await write("a.dat", "two!", 1_700_000_100_000)], {
        supersedeInto: `${ASIDE}/1`,
      });
      await push([await write("a.dat", "three", 1_700_000_200_000)], {
        supersedeInto: `${ASIDE}/2`,
      });
      assert.equal(await Deno.readTextFile(far(ASIDE, "1/a.dat")), "one");
      assert.equal(await Deno.readTextFile(far(ASIDE, "2/a.dat")), "two!");
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.dat")), "three");
    },
  },
  {
    id: "supersede-fresh",
    sentence: "moves nothing aside where nothing was",
    async run({ write, push, far }) {
      await push([await write("a.dat", "one")], { supersedeInto: `${ASIDE}/1` });
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.dat")), "one");
      if (await exists(far(ASIDE))) assert.deepEqual(await filesBelow(far(ASIDE)), []);
    },
  },
  {
    id: "resend",
    sentence: "sends again, when told, what size and time call equal",
    async run({ write, push, far }) {
      const bytes = noise(200_000, 6);
      const files = [await write("a.dat", bytes)];
      await push(files);
      await corrupt(far(FAR_DIR, "a.dat"));
      const damaged = sha256(await Deno.readFile(far(FAR_DIR, "a.dat")));
      await push(files, { resend: true, supersedeInto: `${ASIDE}/1` });
      assert.equal(sha256(await Deno.readFile(far(FAR_DIR, "a.dat"))), sha256(bytes));
      assert.equal(sha256(await Deno.readFile(far(ASIDE, "1/a.dat"))), damaged);
    },
  },
  {
    id: "set-aside",
    sentence: "sets one file aside, once, and never over another",
    async run({ session, far }) {
      const name = ".exlab-wizard/checksums.sha256";
      const put = (text: string) =>
        session.putFiles(FAR_DIR, new Map([[name, new TextEncoder().encode(text)]]));
      assert.deepEqual(await session.setAside(FAR_DIR, [name], `${ASIDE}/1`), []);
      await put("old");
      assert.deepEqual(await session.setAside(FAR_DIR, [name], `${ASIDE}/1`), [name]);
      assert.equal(await exists(far(FAR_DIR, name)), false);
      assert.equal(await Deno.readTextFile(far(ASIDE, "1", name)), "old");
      assert.deepEqual(await session.setAside(FAR_DIR, [name], `${ASIDE}/1`), []);
      await put("new");
      await assert.rejects(session.setAside(FAR_DIR, [name], `${ASIDE}/1`), TransportError);
      assert.equal(await Deno.readTextFile(far(ASIDE, "1", name)), "old");
      assert.equal(await Deno.readTextFile(far(FAR_DIR, name)), "new");
    },
  },
];
