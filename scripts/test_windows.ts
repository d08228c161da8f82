/**
 * `deno task test-windows [--dir DIR] [--room ROOM]… [--seconds N] [--delivered]`: the suite's rooms and the
 * delivered zip on Windows, as wine shows it (docs/windows.md). As root on Debian; it makes the place
 * below DIR (default: `.tmp/windows`) once, which takes some minutes, and leaves it there. A test file has
 * N seconds; what it said is kept in DIR/said.
 */
import { parseArgs } from "node:util";
import { join, resolve } from "node:path";
import { tryDelivered } from "./windows/delivered.ts";
import { openWine } from "./windows/place.ts";
import { isFine, LONGEST_SECONDS, ROOMS, testRoom } from "./windows/rooms.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    dir: { type: "string", default: ".tmp/windows" },
    room: { type: "string", multiple: true },
    seconds: { type: "string", default: String(LONGEST_SECONDS) },
    delivered: { type: "boolean", default: false },
  },
});

const said = join(resolve(values.dir), "said");
await Deno.mkdir(said, { recursive: true });
const keepText = (file: string, text: string) =>
  Deno.writeTextFileSync(join(said, `${file.replaceAll("/", "_")}.txt`), text);

await using place = await openWine(resolve(values.dir));
let faults = 0;
if (!values.room || values.delivered) {
  for (const { what, fault } of await tryDelivered(place)) {
    if (fault !== null) faults++;
    console.log(`delivered: ${what}: ${fault === null ? "ok" : `FAILED\n${fault}`}`);
  }
}
if (values.room || !values.delivered) {
  console.log(
    "\n| room | passed | failed | skipped | files not ended | time |\n| --- | --- | --- | --- | --- | --- |",
  );
  for (const room of values.room ?? ROOMS) {
    const result = await testRoom(place, room, { seconds: Number(values.seconds), told: keepText });
    const { passed, failed, skipped, unended, seconds, failures } = result;
    console.log(
      `| ${room} | ${passed} | ${failed} | ${skipped} | ${unended.length} | ${seconds} s |`,
    );
    for (const name of failures) console.error(`  failed: ${name}`);
    for (const file of unended) console.error(`  did not come to its end: ${file}`);
    if (!isFine(result)) faults++;
  }
}
Deno.exitCode = faults === 0 ? 0 : 1;
