/** The data of the transfer benchmarks: 8 large files and 2,000 small ones, 1.1 GB, incompressible. */
import { join } from "node:path";

const MIB = 1024 * 1024;

export async function makeData(
  dir: string,
  { largeMib = 128, large = 8, small = 2_000, smallBytes = 20_000 } = {},
): Promise<void> {
  await Deno.mkdir(join(dir, "small"), { recursive: true });
  const block = new Uint8Array(MIB);
  for (let i = 0; i < large; i++) {
    using file = await Deno.open(join(dir, `stack${i}.tif`), { write: true, create: true });
    for (let mib = 0; mib < largeMib; mib++) {
      fillRandom(block);
      await writeAll(file, block);
    }
  }
  for (let i = 0; i < small; i++) {
    fillRandom(block.subarray(0, smallBytes));
    await Deno.writeFile(
      join(dir, "small", `f${String(i).padStart(5, "0")}.csv`),
      block.subarray(0, smallBytes),
    );
  }
}

function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}
