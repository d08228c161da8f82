/**
 * `deno task compile`: the executables, or with `--portable` the portable files, and `SHA256SUMS`
 * beside them. The version is `deno.json`'s, which the program itself holds; the permissions are
 * those of `permissions.ts`. docs/install.md says what to do with the result.
 */
import { parseArgs } from "node:util";
import { dirname, join, resolve } from "node:path";
import { bundleProgram } from "./bundle.ts";
import { writeChecksums } from "./compile/checksums.ts";
import { makeExecutable } from "./compile/executable.ts";
import { makePortable } from "./compile/portable.ts";
import { CompileError, type Target, targetNamed, TARGETS } from "./compile/targets.ts";

const HELP = `deno task compile [--portable] [--target TRIPLE | --all] [--output FILE]

Makes labferry's executable for this machine (dist/labferry), for one target or for all of them
(dist/labferry-TRIPLE), and names it in dist/SHA256SUMS. Needs Deno's base runtime of each target,
which deno fetches once from its own servers.

  --portable   needs the npm registry or a mirror of it, and nothing else: Deno itself and the
               program. Linux and macOS: one file that unpacks itself at its first start, into
               a folder of the account (dist/labferry-portable). Windows: a zip with a folder
               that holds deno.exe, the program and labferry.cmd.
  --level N    how hard to compress, 1 to 9 (6)

Targets: ${TARGETS.map(({ triple }) => triple).join("\n         ")}
`;

interface Wanted {
  readonly target: Target;
  readonly output: string;
}

interface Asked {
  readonly wanted: readonly Wanted[];
  readonly portable: boolean;
  readonly level: number;
}

if (import.meta.main) Deno.exit(await compile(Deno.args));

async function compile(args: string[]): Promise<number> {
  const programDir = await Deno.makeTempDir({ prefix: "labferry-bundle-" });
  try {
    const { wanted, portable, level } = askedFor(args);
    const entry = wanted.length > 0 ? await bundleProgram(programDir) : "";
    for (const { target, output } of wanted) {
      await Deno.mkdir(dirname(output), { recursive: true });
      if (portable) await writeProgram(output, await makePortable(target, { programDir, level }));
      else await makeExecutable(target, { entry, output });
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
    await Deno.remove(programDir, { recursive: true });
  }
}

async function writeProgram(output: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(`${output}.new`, bytes, { mode: 0o755 });
  await Deno.rename(`${output}.new`, output);
}

/** What is to be made, and where; nothing when only the help was asked for. */
function askedFor(args: string[]): Asked {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: "string" },
      all: { type: "boolean", default: false },
      portable: { type: "boolean", default: false },
      output: { type: "string" },
      level: { type: "string", default: "6" },
      help: { type: "boolean", default: false },
    },
  });
  const { all, portable, output } = values;
  const level = Number(values.level);
  const asked = (wanted: Wanted[]) => ({ wanted, portable, level });
  if (values.help) {
    console.log(HELP);
    return asked([]);
  }
  if (!(Number.isInteger(level) && level >= 1 && level <= 9)) {
    throw new CompileError(`--level ${values.level} is none`, "it is a number from 1 to 9");
  }
  if (all && (values.target || output)) {
    throw new CompileError("--all makes every target, each by its own name", "leave the rest out");
  }
  if (all && !portable && Deno.env.has("DENORT_BIN")) {
    const hint = "compile each --target with its own, or put the zips into DENO_DIR (see --target)";
    throw new CompileError("DENORT_BIN is the runtime of one target", hint);
  }
  const named = all || values.target !== undefined;
  const targets = all ? TARGETS : [targetNamed(values.target ?? Deno.build.target)];
  return asked(targets.map((target) => ({
    target,
    output: output ? resolve(output) : join(resolve("dist"), nameOf(target, { named, portable })),
  })));
}

function nameOf(
  { triple, os }: Target,
  { named, portable }: { named: boolean; portable: boolean },
): string {
  const words = ["labferry", ...(portable ? ["portable"] : []), ...(named ? [triple] : [])];
  const suffix = os !== "windows" ? "" : portable ? ".zip" : ".exe";
  return words.join("-") + suffix;
}
