import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { firstCircle, importsOf, layerFaults, unusedArrows } from "../../scripts/checks/layers.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

Deno.test("layerFaults finds no import that points the wrong way, and no circle, in the project", async () => {
  const arrows = await importsOf("main.ts", ROOT);
  assert.ok(arrows.length > 500, `only ${arrows.length} imports were seen`);
  assert.deepEqual(layerFaults(arrows), []);
  assert.deepEqual(unusedArrows(arrows), []);
  assert.equal(firstCircle(arrows), null);
});

Deno.test("layerFaults names an import that points up", () => {
  const [fault] = layerFaults([{ from: "lib/disk/walk_tree.ts", to: "lib/sync/mod.ts" }]);
  assert.match(fault ?? "", /disk may not know sync/);
});

Deno.test("layerFaults names an import that goes around a room's door", () => {
  const [fault] = layerFaults([{ from: "lib/sync/seal.ts", to: "lib/queue/seal_round.ts" }]);
  assert.match(fault ?? "", /go through lib\/queue\/mod.ts/);
});

Deno.test("layerFaults lets only the wiring name a transport", () => {
  const to = "lib/transports/mount/mod.ts";
  assert.equal(layerFaults([{ from: "lib/daemon/transport_wiring.ts", to }]).length, 0);
  assert.equal(layerFaults([{ from: "lib/sync/send.ts", to }]).length, 1);
});

Deno.test("unusedArrows names what is allowed and nobody imports", () => {
  const arrows = [{ from: "lib/disk/a.ts", to: "lib/base/mod.ts" }];
  const mayImport = { base: [], disk: ["base"], queue: ["base"] };
  assert.deepEqual(unusedArrows(arrows, mayImport), [
    "queue may import base, and nothing in it does",
  ]);
});

Deno.test("firstCircle names the files of a circle", () => {
  const circle = firstCircle([
    { from: "a", to: "b" },
    { from: "b", to: "c" },
    { from: "c", to: "a" },
  ]);
  assert.equal(circle, "a → b → c → a");
});
