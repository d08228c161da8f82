/**
 * `forever PATH`: rewrites a file again and again until it is killed, 300 kB of one letter at a time.
 * `once PATH TEXT`: tries to be the first writer, when told a line; says `won` or `lost`.
 */
import { LabferryError } from "../../lib/base/mod.ts";
import { writeFileAtomic } from "../../lib/disk/mod.ts";

const [what, path, text] = Deno.args;

async function forever(): Promise<never> {
  for (let i = 0;; i++) {
    await writeFileAtomic(path!, new Uint8Array(300_000).fill(97 + i % 26));
    if (i === 0) console.log("writing");
  }
}

async function once(): Promise<void> {
  console.log("ready");
  await Deno.stdin.read(new Uint8Array(8));
  try {
    await writeFileAtomic(path!, new TextEncoder().encode(text!), { createOnly: true });
    console.log("won");
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "already_exists") throw error;
    console.log("lost");
  }
  console.log("over");
}

await (what === "forever" ? forever() : once());
