/** A small file system of its own, for tests that need a full disk or a second device. */
import { tempDir } from "./temp_dir.ts";

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  join(...parts: string[]): string;
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
    unmount,
    async [Symbol.asyncDispose]() {
      unmount();
      await dir[Symbol.asyncDispose]();
    },
  };
}

function run(command: string, args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args, stdin: "null" }).outputSync();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}
