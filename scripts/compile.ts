/**
 * `deno task compile [--target TRIPLE | --all] [--output FILE]`: the executables, with `SHA256SUMS`
 * beside them. The version is `deno.json`'s, which the program itself holds; the permissions are
 * those of `permissions.ts`. docs/install.md says what to do with the result.
 */
import { parseArgs } from "node:util";
import { dirname, join, resolve } from "node:path";
import { bundleProgram } from "./bundle.ts";
import { writeChecksums } from "./compile/checksums.ts";
import { makeExecutable } from "./compile/executable.ts";
import { CompileError, type Target, targetNamed, TARGETS } from "./compile/targets.ts";

const HELP = `deno task compile [--target TRIPLE | --all] [--output FILE]

Makes labferry's executable for this machine (dist/labferry), for one target or for all of them
(dist/labferry-TRIPLE), and names it in dist/SHA256SUMS. Needs Deno's base runtime of each target,
which deno fetches once.

Targets: ${TARGETS.map(({ triple }) => triple).join("\n         ")}
`;

interface Wanted {
  readonly target: Target;
  readonly output: string;
}

if (import.meta.main) Deno.exit(await compile(Deno.args));

async function compile(args: string[]): Promise<number> {
  const bundleDir = await Deno.makeTempDir({ prefix: "labferry-bundle-" });
  try {
    const wanted = wantedBy(args);
    const entry = wanted.length > 0 ? await bundleProgram(bundleDir) : "";
    for (const { target, output } of wanted) {
      await Deno.mkdir(dirname(output), { recursive: true });
      await makeExecutable(target, { entry, output });
      const { size } = await Deno.stat(output);
      console.log(`${output}  ${target.triple}  ${(size / 1e6).toFixed(1)} MB`);
    }
    await writeChecksums(wanted.map(({ output }) => output));
    return 0;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`compile: ${error.message}\n  hint: ${error.hint}`);
    return 1;
  } finally {
    await Deno.remove(bundleDir, { recursive: true });
  }
}

/** What is to be made, and where; nothing when only the help was asked for. */
function wantedBy(args: string[]): Wanted[] {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: "string" },
      all: { type: "boolean", default: false },
      output: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return [];
  }
  if (values.all && (values.target || values.output)) {
    throw new CompileError(
      "--all makes every target, each under its own name",
      "leave the rest out",
    );
  }
  if (values.all && Deno.env.has("DENORT_BIN")) {
    const hint = "compile each --target with its own, or put the zips into DENO_DIR (see --target)";
    throw new CompileError("DENORT_BIN is the runtime of one target", hint);
  }
  if (values.all) return TARGETS.map((target) => ({ target, output: nameOf(target, values) }));
  const target = targetNamed(values.target ?? Deno.build.target);
  return [{ target, output: values.output ? resolve(values.output) : nameOf(target, values) }];
}

function nameOf(
  { triple, os }: Target,
  { target, all }: { target?: string; all: boolean },
): string {
  const suffix = os === "windows" ? ".exe" : "";
  return join(resolve("dist"), target || all ? `labferry-${triple}${suffix}` : `labferry${suffix}`);
}
