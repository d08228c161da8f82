/** Holds a lock until it is killed or told a line; says `held` once it has it. */
import { lockFile } from "../../lib/disk/mod.ts";

const [path, mode] = Deno.args;
const lock = await lockFile(path!, { mode: mode === "shared" ? "shared" : "exclusive" });
console.log("held");
await Deno.stdin.read(new Uint8Array(1));
lock.release();
console.log("released");
