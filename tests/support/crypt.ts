/** rclone's `crypt` over a folder of this machine: names and bytes are kept in another form there. */
import { mountRemote } from "./rclone_mount.ts";
import { obscured, RCLONE, type SharedServer } from "./rclone_place.ts";
import { tempDir } from "./temp_dir.ts";

export async function openCrypt(): Promise<SharedServer & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-crypt-"));
  const disk = dir.join("disk");
  await Deno.mkdir(disk);
  const password = await obscured("only-for-tests");
  const section = (name: string) =>
    `[${name}]\ntype = crypt\nremote = ${disk}\npassword = ${password}\n`;
  const configFile = await dir.write("rclone.conf", section("lab-nas"));
  const view = stack.use(await mountRemote("lab-nas:", { binary: RCLONE, configFile }));
  const open = stack.move();
  return {
    folder: view.folder,
    remotePath: "",
    timeStepMs: 1,
    // An encrypted name is longer: 143 bytes become the 255 that a disk takes.
    refusesName: (path) => path.split("/").some((name) => name.length > 143),
    section,
    forgetWrites: view.again,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
