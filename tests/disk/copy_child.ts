/** Copies one file slowly, says `copying` when its first bytes are there, and waits to be killed. */
import { DiskPool, Pace } from "../../lib/disk/mod.ts";
import { copyOne } from "./copy_one.ts";

const item = JSON.parse(Deno.args[0]!);
using pool = new DiskPool();
await copyOne(pool, {
  ...item,
  pace: new Pace(500_000),
  onBytes: () => console.log("copying"),
});
