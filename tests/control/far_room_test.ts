/** The room at destinations is told as it was last heard, and nobody waits for a share that hangs. */
import assert from "node:assert/strict";
import { FarRoom } from "../../lib/control/far_room.ts";
import { systemClock } from "../../lib/base/mod.ts";

const PLACE = { name: "NAS", folder: "/mnt/nas" };
const MINUTE_MS = 60_000;

/** Time that is turned by hand; whoever sleeps is woken at once. */
function house(ask: (folder: string) => Promise<{ freeBytes: number }>) {
  const faults: string[] = [];
  const now = { ms: 0 };
  const clock = {
    ...systemClock,
    monotonicMs: () => now.ms,
    sleep: () => Promise.resolve(),
  };
  const room = new FarRoom({ clock, ask, onFault: (_, message) => void faults.push(message) });
  return { room, now, faults };
}

Deno.test("FarRoom asks a place once a minute and gives what it said", async () => {
  let asked = 0;
  const { room, now } = house((folder) => {
    assert.equal(folder, PLACE.folder);
    return Promise.resolve({ freeBytes: ++asked });
  });
  await room.of([PLACE]);
  assert.deepEqual([...await room.of([PLACE])], [["NAS", 1]]);
  now.ms += MINUTE_MS;
  await room.of([PLACE]);
  assert.deepEqual([...await room.of([PLACE])], [["NAS", 2]]);
  assert.deepEqual([...await room.of([])], [], "a place that is down is not told of");
});

Deno.test("FarRoom waits for no share that hangs, asks it once, and forgets what it said long ago", async () => {
  let asked = 0;
  const { room, now } = house(() =>
    ++asked === 1 ? Promise.resolve({ freeBytes: 7 }) : new Promise(() => {})
  );
  await room.of([PLACE]);
  for (let minute = 1; minute <= 10; minute++) {
    now.ms += MINUTE_MS;
    assert.deepEqual([...await room.of([PLACE])], [["NAS", 7]], `minute ${minute}`);
  }
  now.ms += 1;
  assert.deepEqual([...await room.of([PLACE])], []);
  assert.equal(asked, 2);
});

Deno.test("FarRoom says once that a place cannot be asked, and has no number of it meanwhile", async () => {
  const answers = [{ freeBytes: 1 }, null, null, { freeBytes: 2 }, null];
  const { room, now, faults } = house(() => {
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new Error("no such folder"));
  });
  const seen: (number | undefined)[] = [];
  while (answers.length > 0) {
    await room.of([PLACE]);
    seen.push((await room.of([PLACE])).get("NAS"));
    now.ms += MINUTE_MS;
  }
  assert.deepEqual(seen, [1, undefined, undefined, 2, undefined]);
  assert.deepEqual(faults, ["no such folder", "no such folder"]);
});
