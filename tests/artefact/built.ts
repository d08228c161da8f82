/**
 * The artefact that is tested: the portable file of this machine, made once for all tests of a file as
 * `compile` makes it; or the one that LABFERRY_ARTEFACT names, which may be the real executable.
 */
const ROOT = new URL("../..", import.meta.url).pathname;

let building: Promise<string> | undefined;

/** Its path. The folder, which every account may read, goes when the tests have ended. */
export function builtArtefact(): Promise<string> {
  return building ??= Promise.resolve(Deno.env.get("LABFERRY_ARTEFACT") ?? build());
}

async function build(): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "labferry-artefact-" });
  addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));
  await Deno.chmod(dir, 0o755);
  const output = `${dir}/labferry`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // Compressed as fast as it goes: the same otherwise.
    args: ["run", "-A", "scripts/compile.ts", "--portable", "--level", "1", "--output", output],
    cwd: ROOT,
    stdin: "null",
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return output;
}
