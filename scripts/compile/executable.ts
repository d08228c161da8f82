/** The executable: the bundled program embedded in Deno's base runtime by `deno compile`. */
import { dirname } from "node:path";
import { permissionsOn, V8_FLAGS } from "../permissions.ts";
import { CompileError, type Target } from "./targets.ts";

/**
 * Writes the executable of `target` to `output`. `entry` is the bundled program's first file; what
 * it loads later goes in with it, the page's files and the disk threads too, since they are modules
 * of the bundle. Throws a `CompileError` with both ways out when the base runtime cannot be had.
 */
export async function makeExecutable(
  target: Target,
  { entry, output }: { entry: string; output: string },
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments(target, { entry, output }),
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trimEnd();
  if (!/denort|dl\.deno\.land|base binary/i.test(said)) {
    throw new CompileError(`deno compile failed:\n${said}`, "this is what it said");
  }
  const reason = /^\s*\d+: (?!Setting up)(.+)$/m.exec(said)?.[1] ?? said.split("\n")[0]!;
  throw new CompileError(
    `deno could not get its base runtime (denort ${Deno.version.deno}): ${reason}`,
    waysOut(target),
  );
}

/** What `deno compile` is called with. */
export function compileArguments(
  target: Target,
  { entry, output }: { entry: string; output: string },
): string[] {
  return [
    "compile",
    "--quiet",
    "--no-config",
    // The bundle's source is checked; libraries' comments in it name files that are not there any more.
    "--no-check",
    ...permissionsOn(target.os),
    V8_FLAGS,
    "--target",
    target.triple,
    // Parts that are only loaded when they are used are named at run time (`scripts/bundle.ts`).
    "--include",
    dirname(entry),
    "--output",
    output,
    entry,
  ];
}

function waysOut({ triple }: Target): string {
  const { deno } = Deno.version;
  return `either make the portable file, which needs no base runtime:
          deno task compile --portable --target ${triple}
        or get denort-${triple}.zip of the Deno ${deno} release on a machine that can, bring it here, and
          put it into dl/release/v${deno}/ of DENO_DIR (deno info says where that is), or unpack it and run
          DENORT_BIN=/path/to/denort deno task compile --target ${triple}`;
}
