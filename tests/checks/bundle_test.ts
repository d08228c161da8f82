import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "../../scripts/bundle.ts";
import { PERMISSIONS } from "../../scripts/permissions.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

async function deno(args: string[], options: { cwd: string; env?: Record<string, string> }) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: options.cwd,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...options.env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("the bundled program ships a folder, and shows a preset and its configuration, from an empty folder with the executable's permissions", async () => {
  await using dir = await tempDir();
  const program = await bundleProgram(dir.join("bundle"));
  await dir.write("run/a.tif", "pixels");
  const empty = dir.join("empty");
  await Deno.mkdir(empty);
  const run = [
    "run",
    "--no-remote",
    "--no-npm",
    "--no-config",
    ...PERMISSIONS,
    program,
  ];
  const version = await deno([...run, "--version"], { cwd: empty });
  const { version: written } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  assert.equal(version.stdout.trim(), written, version.stderr);
  // Both load the library that writes YAML only now.
  const preset = await deno([...run, "preset", "show", "illumina-novaseq-6000"], { cwd: empty });
  assert.match(preset.stdout, /^ {6}all:\n {8}- RTAComplete\.txt$/m, preset.stderr);
  const config = await dir.write("config.yaml", "equipment: []\nstatus: { port: 0 }\n");
  const shown = await deno([...run, "config", "show", "--config", config], { cwd: empty });
  assert.match(
    shown.stdout,
    /^status:\n {2}listen: .*\n {2}port: 0$/m,
    shown.stderr + shown.stdout,
  );
  const shipped = await deno([
    ...run,
    "ship",
    dir.join("run"),
    "--to",
    dir.join("nas"),
    "--state-dir",
    dir.join("state"),
    "--json",
  ], { cwd: empty });
  assert.equal(shipped.code, 0, shipped.stderr + shipped.stdout);
  assert.equal(JSON.parse(shipped.stdout).state, "verified");
  assert.equal(await Deno.readTextFile(dir.join("nas/run/a.tif")), "pixels");
});
