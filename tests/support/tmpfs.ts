/** A small file system of its own, for tests that need a full disk or a second device. */
import { tempDir } from "./temp_dir.ts";

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  join(...parts: string[]): string;
  /** Takes every byte that is left, as the file `ballast`. */
  fill(): Promise<void>;
  /** Takes the mount away, as a share that drops out. */
  unmount(): void;
}

/** Needs `testWith(["tmpfs"], …)`. */
export async function smallDisk(sizeKib: number): Promise<SmallDisk> {
  const dir = await tempDir("labferry-disk-");
  run("mount", ["-t", "tmpfs", "-o", `size=${sizeKib}k`, "tmpfs", dir.path]);
  let mounted = true;
  const unmount = () => {
    if (mounted) run("umount", ["-l", dir.path]);
    mounted = false;
  };
  return {
    path: dir.path,
    join: dir.join,
    fill: () => fill(dir.join("ballast")),
    unmount,
    async [Symbol.asyncDispose]() {
      unmount();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  let block = new Uint8Array(1024 * 1024);
  while (block.length >= 1) {
    try {
      if (await file.write(block) < block.length) continue;
    } catch (error) {
      if (!/os error 28/.test(String(error))) throw error;
      block = block.subarray(0, Math.floor(block.length / 2));
    }
  }
}

function run(command: string, args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args, stdin: "null" }).outputSync();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}
