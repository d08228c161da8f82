import assert from "node:assert/strict";
import { KnownDestinations } from "../../lib/transports/known_destinations.ts";
import { tempDir } from "../support/temp_dir.ts";

const identity = {
  uuid: "8c7e9d2f-1a4b-4e6c-9b3d-7f2a1e5d8c4b",
  equipmentId: "FLOW_01",
  createdAt: "2026-04-17T14:32:00Z",
  createdBy: "asmith",
};

Deno.test("KnownDestinations remembers across openings, whatever slash ends an address", async () => {
  await using dir = await tempDir();
  const book = new KnownDestinations(dir.path);
  assert.equal(await book.get("/mnt/nas/lab"), null);
  await book.remember("/mnt/nas/lab", identity);
  const known = await new KnownDestinations(dir.path).get("/mnt//nas/lab/");
  assert.equal(known?.uuid, identity.uuid);
  assert.equal(known?.equipmentId, "FLOW_01");
  assert.equal(await book.get("/mnt/nas/labs"), null);
  await book.remember("/mnt/nas/lab", { ...identity, uuid: "other", equipmentId: null });
  assert.deepEqual((await book.read()).destinations.size, 1);
  assert.equal((await book.get("/mnt/nas/lab"))?.uuid, "other");
});

Deno.test("KnownDestinations keeps every entry when many write at once", async () => {
  await using dir = await tempDir();
  const addresses = Array.from({ length: 12 }, (_, i) => `nas${i}:/srv/lab`);
  await Promise.all(
    addresses.map((address, i) =>
      new KnownDestinations(dir.path).remember(address, { ...identity, uuid: `uuid-${i}` })
    ),
  );
  const book = new KnownDestinations(dir.path);
  for (const [i, address] of addresses.entries()) {
    assert.equal((await book.get(address))?.uuid, `uuid-${i}`);
  }
});

Deno.test("KnownDestinations finds a Windows path in any spelling, in an earlier book too", async () => {
  await using dir = await tempDir();
  const book = (known_since: string, uuid: string) => ({ uuid, known_since });
  await dir.write(
    "destinations.json",
    JSON.stringify({
      schema_version: "1.0",
      destinations: {
        "n:/INBOX": book("2026-02-01T00:00:00Z", "later"),
        "N:/inbox": book("2026-01-01T00:00:00Z", "earlier"),
        "/mnt/NAS": book("2026-01-01T00:00:00Z", "posix"),
      },
    }),
  );
  const known = new KnownDestinations(dir.path);
  assert.equal((await known.get("N:\\Inbox"))?.uuid, "later");
  assert.equal(await known.get("/mnt/nas"), null);
  assert.equal((await known.get("/mnt/NAS"))?.uuid, "posix");
});

Deno.test("KnownDestinations never takes a damaged book for an empty one, and keeps its bytes", async () => {
  for (
    const damage of [
      "",
      "{",
      '{"schema_version":"2.0","destinations":{}}',
      '{"schema_version":"1.0","destinations":{"/a":{}}}',
      "null",
    ]
  ) {
    await using dir = await tempDir();
    await dir.write("destinations.json", damage);
    const book = new KnownDestinations(dir.path);
    await assert.rejects(book.get("/mnt/nas"), { code: "destinations_damaged" }, damage);
    assert.notEqual((await book.read()).lost, null);
    assert.equal(await Deno.readTextFile(book.path), damage, "reading changed it");
    await book.remember("/mnt/nas", identity);
    assert.equal((await book.get("/mnt/nas"))?.uuid, identity.uuid);
    assert.notEqual((await book.read()).lost, null, "what was lost is still uncertain");
    const kept = [...Deno.readDirSync(dir.path)].find(({ name }) => name.includes(".damaged-"));
    assert.equal(await Deno.readTextFile(dir.join(kept!.name)), damage);
  }
});
