/** What an account that may not look everywhere sees of the folder that is named. */
import { setgid, setuid } from "node:process";
import { findHeartbeats, fleetStanding, fleetWords } from "../../lib/fleet/mod.ts";

setgid!(65534);
setuid!(65534);
const found = await findHeartbeats([Deno.args[0]!]);
const standing = fleetStanding(found, { now: new Date(), staleMs: 1e15 });
const { hosts, notes } = standing;
console.log(fleetWords(standing));
for (const { host, trouble } of hosts) console.log(host, trouble);
for (const note of notes) console.log(note);
