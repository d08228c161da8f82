/**
 * `deno task test-windows [--dir DIR] [--room ROOM]… [--delivered]`: the suite's rooms and the
 * delivered zip on Windows, as wine shows it (docs/windows.md). As root on Debian; it makes the place
 * below DIR (default: `.tmp/windows`) once, which takes some minutes, and leaves it there.
 */
import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { tryDelivered } from "./windows/delivered.ts";
import { openWine } from "./windows/place.ts";
import { isFine, ROOMS, testRoom } from "./windows/rooms.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    dir: { type: "string", default: ".tmp/windows" },
    room: { type: "string", multiple: true },
    delivered: { type: "boolean", default: false },
  },
});

await using place = await openWine(resolve(values.dir));
let faults = 0;
if (!values.room || values.delivered) {
  for (const { what, fault } of await tryDelivered(place)) {
    if (fault !== null) faults++;
    console.log(`delivered: ${what}: ${fault === null ? "ok" : `FAILED\n${fault}`}`);
  }
}
if (values.room || !values.delivered) {
  console.log("\n| room | passed | failed | skipped | time |\n| --- | --- | --- | --- | --- |");
  for (const room of values.room ?? ROOMS) {
    const result = await testRoom(place, room);
    const { passed, failed, skipped, hung, seconds, failures } = result;
    const ended = hung ? ", then it hung" : "";
    console.log(`| ${room} | ${passed} | ${failed}${ended} | ${skipped} | ${seconds} s |`);
    for (const name of failures) console.error(`  ${room}: ${name}`);
    if (!isFine(result)) faults++;
  }
}
Deno.exitCode = faults === 0 ? 0 : 1;
