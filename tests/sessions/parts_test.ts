/** What a session's files and names say, and what is made of those that others wrote. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import {
  partText,
  readPart,
  sessionFolder,
  sessionIdOf,
  type SessionPart,
  Sessions,
} from "../../lib/sessions/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const PATTERN = { id: { pattern: "^(?<session>[^_]+)_g" } };

Deno.test("sessionIdOf reads a name, folds it, and takes none that is no folder's name", () => {
  const names = ["Mouse12_g0", "MOUSE12_G1", "mouse12", "..%_g0", "a/b_g0", " m 1 _g0", "con._g0"];
  assert.deepEqual(names.map((name) => sessionIdOf(name, PATTERN)), [
    "mouse12",
    "mouse12",
    null,
    null,
    null,
    "m 1",
    null,
  ]);
  assert.equal(sessionIdOf("whatever", { id: "Monday" }), "monday");
});

function part(equipment: string, state: "sealed" | "proven"): SessionPart {
  return {
    session: "m1",
    equipment,
    parts: ["A_1", "B_1"],
    host: "rig",
    writtenAt: "2026-04-17T14:32:11Z",
    runs: [{
      farPath: "Ephys/Runs/Run_1",
      state,
      generation: 1,
      files: 2,
      bytes: 9,
      sealedAt: "2026-04-17T14:32:11Z",
      provenAt: null,
    }],
  };
}

Deno.test("a part that is written is read again, and anything else is said", () => {
  const of = { session: "m1", equipment: "A_1" };
  assert.deepEqual(readPart(partText(part("A_1", "proven")), of), { part: part("A_1", "proven") });
  const text = new TextDecoder().decode(partText(part("A_1", "proven")));
  const fault = (changed: string) => {
    const read = readPart(new TextEncoder().encode(changed), of);
    return "fault" in read ? read.fault : null;
  };
  assert.match(fault(text.slice(0, 100))!, /torn/);
  assert.match(fault("")!, /torn/);
  assert.match(fault(text.replace('"1.0"', '"2.0"'))!, /version 2\.0/);
  assert.equal(fault(text.replace('"1.0"', '"1.7"')), null);
  assert.match(fault(text.replaceAll("A_1", "C_1"))!, /another session or equipment/);
  assert.match(fault(text.replace('"proven"', '"perfect"'))!, /one of its runs/);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.ok("fault" in readPart(bytes, of));
  }));
});

Deno.test("a session is complete when every part that anybody names is proven", async () => {
  await using dir = await tempDir("labferry-sessions-");
  const base = dir.join("nas", "B_1");
  const kept = new Map<string, string>();
  const sessions = new Sessions({
    rules: new Map([["A_1", { id: "m1", parts: ["A_1", "B_1"] }]]),
    bases: [base, dir.join("nas", "gone"), await dir.write("a file", "")],
    queue: {
      meta: { get: (key) => kept.get(key) ?? null, set: (key, text) => kept.set(key, text) },
    },
  });
  const of = sessions.of({ equipmentId: "A_1", dataDir: "/data/x", members: null })!;
  const states = async () =>
    (await sessions.standingOf(of)).standing.map(({ equipment, state }) => `${equipment} ${state}`);
  assert.deepEqual(await states(), ["A_1 missing", "B_1 missing"]);
  sessions.remember(part("A_1", "proven"));
  const file = join(base, sessionFolder("m1"), "B_1.json");
  await Deno.mkdir(join(file, ".."), { recursive: true });
  await Deno.writeFile(file, partText(part("B_1", "proven")).slice(0, 50));
  const torn = await sessions.standingOf(of);
  assert.equal(torn.isComplete, false);
  assert.ok(torn.faults.some((fault) => fault.startsWith(`${file}: it is torn`)));
  assert.ok(torn.faults.some((fault) => /gone is not there$/.test(fault)));
  assert.ok(torn.faults.some((fault) => /a file is no folder$/.test(fault)));
  await Deno.writeFile(file, partText(part("B_1", "sealed")));
  assert.deepEqual(await states(), ["A_1 proven", "B_1 sealed"]);
  // The other PC's configuration names a third: it is waited for here too.
  await Deno.writeFile(file, partText({ ...part("B_1", "proven"), parts: ["A_1", "B_1", "C_1"] }));
  assert.deepEqual(await states(), ["A_1 proven", "B_1 proven", "C_1 missing"]);
  await Deno.writeFile(file, partText(part("B_1", "proven")));
  assert.equal((await sessions.standingOf(of)).isComplete, true);
  assert.deepEqual((await sessions.read()).map(({ id, isComplete }) => [id, isComplete]), [
    ["m1", true],
  ]);
  // A session that only the other one knows is listed as well.
  await Deno.mkdir(join(base, sessionFolder("m2")), { recursive: true });
  const other = { ...part("B_1", "sealed"), session: "m2" };
  await Deno.writeFile(join(base, sessionFolder("m2"), "B_1.json"), partText(other));
  assert.deepEqual((await sessions.read()).map(({ id }) => id).sort(), ["m1", "m2"]);
});
