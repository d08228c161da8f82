import assert from "node:assert/strict";
import { parseTransfer, runOwner, transferBytes } from "../../lib/records/mod.ts";

const ORIGIN = {
  host: "labpc-04",
  sourcePath: "/data/x",
  createdAt: "2026-04-17T14:32:00Z",
  installation: "f00d",
  sourceFolder: "42-1",
};
const NOW = new Date("2026-06-01T08:00:00Z");

Deno.test("parseTransfer reads back whose run it is", () => {
  const transfer = parseTransfer(transferBytes(ORIGIN, NOW), "far/transfer.json");
  assert.equal(transfer.owner, runOwner(ORIGIN));
  assert.equal(transfer.source_path, "/data/x");
  assert.equal(transfer.written_at, "2026-06-01T08:00:00Z");
});

Deno.test("runOwner tells runs apart by host, folder and time of making", () => {
  const owners = [
    ORIGIN,
    { ...ORIGIN, host: "labpc-05" },
    { ...ORIGIN, sourcePath: "/data/y" },
    { ...ORIGIN, createdAt: "2026-04-17T14:32:01Z" },
    { ...ORIGIN, host: "labpc-04/data", sourcePath: "/x" },
  ].map(runOwner);
  assert.equal(new Set(owners).size, owners.length);
  assert.equal(runOwner({ ...ORIGIN }), owners[0]);
});

Deno.test("parseTransfer refuses a torn or foreign file instead of guessing an owner", () => {
  const bytes = transferBytes(ORIGIN, NOW);
  assert.throws(() => parseTransfer(bytes.subarray(0, 50), "far"), { code: "malformed_record" });
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.throws(() => parseTransfer(encode('{"owner": "x"}'), "far"), {
    code: "schema_major_mismatch",
  });
  assert.throws(() => parseTransfer(encode('{"schema_version": "1.0"}'), "far"), {
    code: "malformed_record",
  });
});
