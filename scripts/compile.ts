/**
 * `deno task compile [--target TRIPLE] [--output FILE]`: one executable with the narrowest
 * permissions labferry can work with. The version is `deno.json`'s and is embedded by the program
 * itself.
 */
import { parseArgs } from "node:util";
import { bundleProgram } from "./bundle.ts";
import { PERMISSIONS, V8_FLAGS } from "./permissions.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { target: { type: "string" }, output: { type: "string", default: "dist/labferry" } },
});

const bundleDir = await Deno.makeTempDir({ prefix: "labferry-bundle-" });
const args = [
  "compile",
  "--no-config",
  ...PERMISSIONS,
  V8_FLAGS,
  ...(values.target ? ["--target", values.target] : []),
  "--output",
  values.output,
  await bundleProgram(bundleDir),
];
const child = new Deno.Command(Deno.execPath(), {
  args,
  stdin: "null",
  stdout: "inherit",
  stderr: "piped",
}).spawn();
const [status, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
await Deno.remove(bundleDir, { recursive: true });
console.error(stderr.trimEnd());
if (!status.success && /denort|dl\.deno\.land|error sending request|download/i.test(stderr)) {
  console.error(
    `
labferry: the executable was not made: deno could not fetch its base runtime (denort ${Deno.version.deno})
  hint: on a machine with that download, get denort for your system from the Deno ${Deno.version.deno} release,
        bring the file here, and run: DENORT_BIN=/path/to/denort deno task compile`,
  );
}
Deno.exit(status.code);
