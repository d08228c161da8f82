/**
 * What `deno task compile` embeds, and with which permissions. The base runtime cannot be fetched
 * everywhere, so Deno itself stands for it (DENORT_BIN): the whole embedding runs, and what was
 * embedded is read back from the file.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256OfFile } from "../../scripts/compile/checksums.ts";
import { compileArguments } from "../../scripts/compile/executable.ts";
import { TARGETS } from "../../scripts/compile/targets.ts";
import { VERSION } from "../../lib/base/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

async function deno(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

interface Embedded {
  readonly permissions: Record<string, string[] | boolean | null>;
  readonly v8_flags: string[];
  readonly entrypoint_key: string;
}

/** The bytes as text, and what the runtime reads at its start: the last such object of the file. */
async function embeddedIn(file: string): Promise<{ metadata: Embedded; text: string }> {
  const text = new TextDecoder("latin1").decode(await Deno.readFile(file));
  const begin = text.lastIndexOf('{"argv":[]');
  const end = text.indexOf('"}', text.indexOf('"app_name"', begin)) + 2;
  return { metadata: JSON.parse(text.slice(begin, end)), text };
}

function allowed(permissions: Embedded["permissions"]): Record<string, string[]> {
  const given = Object.entries(permissions).filter(([name, value]) =>
    name.startsWith("allow_") && name !== "allow_import" && Array.isArray(value)
  );
  return Object.fromEntries(given) as Record<string, string[]>;
}

Deno.test("the executable holds the program, the page and the narrow permissions", async () => {
  await using dir = await tempDir();
  const output = dir.join("labferry");
  const made = await deno(["run", "-A", "scripts/compile.ts", "--output", output], {
    DENORT_BIN: Deno.execPath(),
  });
  assert.equal(made.code, 0, made.stderr);
  const sums = await Deno.readTextFile(dir.join("SHA256SUMS"));
  assert.equal(sums, `${await sha256OfFile(output)}  labferry\n`);

  const { metadata, text } = await embeddedIn(output);
  assert.deepEqual(allowed(metadata.permissions), {
    allow_env: [],
    allow_net: ["127.0.0.1", "localhost", "[::1]"],
    allow_read: [],
    allow_run: [],
    allow_sys: [
      "hostname",
      "networkInterfaces",
      "userInfo",
      "uid",
      "gid",
      "homedir",
      "statfs",
      "osUptime",
      "cpus",
    ],
    allow_write: [],
  });
  assert.deepEqual(metadata.permissions.deny_import, []);
  assert.equal(metadata.permissions.prompt, false);
  assert.ok(metadata.v8_flags.includes("--heap-growing-percent=20"));
  assert.ok(metadata.v8_flags.includes("--max-semi-space-size=2"));
  assert.equal(metadata.entrypoint_key, "main.js");
  // The first and the last part of the page, the disk thread, and the version it will say.
  for (const name of ["style/base.css", "live.js"]) {
    const file = await Deno.readTextFile(join(ROOT, "lib/web/page", name));
    const line = file.split("\n").find((each) => /^[\w ,.(){}=;:-]{25,}$/.test(each))!;
    assert.ok(text.includes(line), `${name}: ${line}`);
  }
  assert.ok(text.includes("labferry-disk"));
  assert.ok(text.includes(`version: "${VERSION}"`));
});

Deno.test("the executable for Windows may do everything, because narrowed it reaches no NAS", () => {
  for (const target of TARGETS) {
    const args = compileArguments(target, { entry: "main.js", output: "labferry" });
    const everything = args.includes("--allow-all") || args.includes("-A");
    assert.equal(everything, target.os === "windows", target.triple);
    assert.equal(args.includes("--deny-import"), target.os !== "windows", target.triple);
    assert.ok(args.includes("--no-prompt"), target.triple);
    assert.ok(!args.some((arg) => arg.startsWith("--allow-ffi")), target.triple);
  }
});

Deno.test("without the base runtime it says so, and names both ways out", async () => {
  await using dir = await tempDir();
  const entry = await dir.write("main.js", "console.log(1)");
  const triple = "aarch64-unknown-linux-gnu";
  const failed = await make({ entry, output: dir.join("labferry"), triple }, {
    DENO_DIR: dir.join("cache"),
    HTTPS_PROXY: "http://127.0.0.1:9",
  });
  assert.equal(failed.code, 1, failed.stdout);
  assert.match(failed.stderr, /could not get its base runtime \(denort \d+\.\d+\.\d+\)/);
  assert.match(failed.stderr, /deno task compile --portable --target aarch64-unknown-linux-gnu/);
  assert.match(failed.stderr, /DENORT_BIN=/);
});

/** `makeExecutable` in a process of its own, with an environment of its own. */
async function make(
  { entry, output, triple }: { entry: string; output: string; triple: string },
  env: Record<string, string>,
) {
  const code = `
    import { makeExecutable } from ${JSON.stringify(join(ROOT, "scripts/compile/executable.ts"))};
    import { targetNamed } from ${JSON.stringify(join(ROOT, "scripts/compile/targets.ts"))};
    const [entry, output, triple] = Deno.args;
    try {
      await makeExecutable(targetNamed(triple), { entry, output });
    } catch (error) {
      console.error(error.message, error.hint);
      Deno.exit(1);
    }`;
  return await deno(["eval", "--no-config", "--ext=ts", code, entry, output, triple], env);
}
