/** Where the Deno of a target comes from: the one that runs here, or the npm registry's. */
import { join } from "node:path";
import { CompileError, type Target } from "./targets.ts";

/**
 * The path of the `deno` executable for `target`, of the version that runs this. For this machine it
 * is the one that runs; another system's is the npm package of the same version, which deno checks
 * against the registry's integrity value, honours `.npmrc` for, and keeps in its cache.
 */
export async function denoFor(target: Target): Promise<string> {
  if (target.triple === Deno.build.target) return Deno.execPath();
  const specifier = `npm:${target.npmPackage}@${Deno.version.deno}`;
  await deno(["cache", "--no-config", "--quiet", specifier], specifier);
  const info = JSON.parse(await deno(["info", "--no-config", "--json", specifier], specifier));
  const [npmPackage] = Object.values(info.npmPackages) as { localPath: string }[];
  return join(npmPackage!.localPath, target.os === "windows" ? "deno.exe" : "deno");
}

async function deno(args: string[], specifier: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
  if (success) return text(stdout);
  throw new CompileError(
    `${specifier} could not be had: ${text(stderr)}`,
    "it comes from the npm registry, or from the mirror that NPM_CONFIG_REGISTRY or .npmrc names",
  );
}
