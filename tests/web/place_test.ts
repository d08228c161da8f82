import assert from "node:assert/strict";
import { shortPlace } from "../../lib/web/page/parts/place.tsx";

Deno.test("shortPlace keeps the end of a long place, in whole folders", () => {
  const kept = "labuser@nas01:/srv/lab/FLOW_01";
  assert.equal(shortPlace(kept), kept);
  const demo = "/tmp/labferry-demo-3f8a91c2d4/nas/lab/CONFOCAL_01";
  assert.equal(shortPlace(demo), "…/nas/lab/CONFOCAL_01");
  const share = "\\\\nas01.facility.example\\imaging\\lab\\CONFOCAL_01";
  assert.equal(shortPlace(share), "…\\imaging\\lab\\CONFOCAL_01");
  const long = `/a/${"x".repeat(60)}`;
  assert.equal(shortPlace(long), `…/${"x".repeat(60)}`);
});
