/**
 * Clauses about links at the far side: a link that somebody put there must lead no write, no read
 * and no proof out of the base. Whether the transport refuses or replaces the link is its own affair.
 */
import assert from "node:assert/strict";
import { TransportError } from "../../lib/transports/failure.ts";
import { tempDir } from "../support/temp_dir.ts";
import { FAR_DIR, filesBelow, sha256 } from "./stage.ts";
import type { Clause } from "./suite.ts";

export const LINKS: readonly Clause[] = [
  {
    id: "links-write-folder",
    sentence: "writes nothing through a far link to a folder",
    async run({ write, push, session, far }) {
      await using outside = await tempDir();
      await Deno.mkdir(far(FAR_DIR), { recursive: true });
      await Deno.symlink(outside.path, far(FAR_DIR, "linked"));
      await settled(push([await write("linked/a.dat", "A")], { emptyDirs: ["linked/empty"] }));
      await settled(session.putFiles(FAR_DIR, new Map([["linked/r.json", new Uint8Array([1])]])));
      assert.deepEqual(await filesBelow(outside.path), []);
      assert.deepEqual([...Deno.readDirSync(outside.path)], []);
    },
  },
  {
    id: "links-write-file",
    sentence: "writes nothing through a far link to a file",
    async run({ write, push, session, far }) {
      await using outside = await tempDir();
      const victim = await outside.write("victim.txt", "not yours");
      await Deno.mkdir(far(FAR_DIR), { recursive: true });
      await Deno.symlink(victim, far(FAR_DIR, "a.dat"));
      await Deno.symlink(victim, far(FAR_DIR, "r.json"));
      await settled(push([await write("a.dat", "A")], { supersedeInto: ".labferry-superseded/1" }));
      await settled(session.putFiles(FAR_DIR, new Map([["r.json", new Uint8Array([1])]])));
      assert.equal(await Deno.readTextFile(victim), "not yours");
      assert.deepEqual(await filesBelow(outside.path), ["victim.txt"]);
    },
  },
  {
    id: "links-read",
    sentence: "proves, lists and reads nothing through a far link",
    async run({ session, hash, far }) {
      await using outside = await tempDir();
      await outside.write("dir/a.dat", "outside");
      await Deno.mkdir(far(FAR_DIR), { recursive: true });
      await Deno.symlink(outside.join("dir/a.dat"), far(FAR_DIR, "file.dat"));
      await Deno.symlink(outside.join("dir"), far(FAR_DIR, "folder"));
      for (const path of ["file.dat", "folder/a.dat"]) {
        const hashed = await settled(hash([path]));
        assert.notEqual(hashed?.hashes[0]?.[1], sha256("outside"), `hash of ${path}`);
        const got = await settled(session.getFiles(FAR_DIR, [path]));
        assert.equal(got?.get(path) ?? null, null, `bytes of ${path}`);
      }
      const listed: string[] = [];
      for await (const { kind, path } of session.list(FAR_DIR)) {
        if (kind !== "other") listed.push(path);
      }
      assert.deepEqual(listed, []);
    },
  },
];

/** The value, or null for a refusal that is properly put; anything else is a fault. */
async function settled<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TransportError) return null;
    throw error;
  }
}
