/** A hostile file gives a clear error, quickly, and never the process's end. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { LabferryError } from "../../lib/base/mod.ts";
import { loadConfig } from "../../lib/config/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";
import { check, ENV, problemsOf } from "./support.ts";

async function rejectionOf(path: string): Promise<LabferryError> {
  try {
    await loadConfig({ path, env: ENV, os: "linux" });
  } catch (error) {
    assert.ok(error instanceof LabferryError, String(error));
    assert.ok(error.hint);
    return error;
  }
  throw new assert.AssertionError({ message: `${path} was accepted` });
}

Deno.test("loadConfig says that a file is not there", async () => {
  await using dir = await tempDir();
  assert.equal((await rejectionOf(dir.join("none.yaml"))).code, "config_missing");
  await dir.write("file", "");
  assert.equal((await rejectionOf(dir.join("file/config.yaml"))).code, "config_missing");
});

Deno.test("loadConfig says that a folder is no configuration", async () => {
  await using dir = await tempDir();
  const error = await rejectionOf(dir.path);
  assert.equal(error.code, "config_unreadable");
  assert.match(error.message, /it is a folder/);
});

testWith(["linux"], "loadConfig does not wait for a pipe or drain a device", async () => {
  await using dir = await tempDir();
  const made = await new Deno.Command("mkfifo", { args: [dir.join("pipe")] }).output();
  assert.ok(made.success);
  for (const path of [dir.join("pipe"), "/dev/zero"]) {
    const error = await rejectionOf(path);
    assert.equal(error.code, "config_unreadable");
    assert.match(error.message, /not a regular file/);
  }
});

Deno.test("loadConfig reads no more of a huge file than a configuration may have", async () => {
  await using dir = await tempDir();
  const path = dir.join("huge.yaml");
  await Deno.writeTextFile(path, "sync: {}\n");
  await Deno.truncate(path, 200_000_000);
  const error = await rejectionOf(path);
  assert.equal(error.code, "config_unreadable");
  assert.match(error.message, /larger than 256 KiB/);
});

Deno.test("loadConfig names the line that is not UTF-8, and knows UTF-16", async () => {
  await using dir = await tempDir();
  const latin = new Uint8Array([...new TextEncoder().encode("sync:\n  enabled: true # M"), 0xfc]);
  const error = await rejectionOf(await dir.write("latin.yaml", latin));
  assert.equal(error.code, "config_unreadable");
  assert.match(error.message, /line 2 is not UTF-8/);
  const wide = await rejectionOf(await dir.write("wide.yaml", new Uint8Array([0xff, 0xfe, 97, 0])));
  assert.match(wide.message, /UTF-16/);
});

Deno.test("loadConfig accepts a byte order mark and CRLF", async () => {
  await using dir = await tempDir();
  const path = await dir.write("win.yaml", "\ufeffsync:\r\n  max_parallel: 7\r\n");
  const { config } = await loadConfig({ path, env: ENV, os: "windows" });
  assert.equal(config.sync.maxParallel, 7);
});

Deno.test("checkConfigText is not blown up by aliases", () => {
  const levels = Array.from(
    { length: 40 },
    (_, i) => `  - &b${i} [*b${i - 1}, *b${i - 1}, *b${i - 1}]`,
  ).slice(1);
  const bomb = `equipment:\n  - &b0 [x, x]\n${levels.join("\n")}\n`;
  const started = performance.now();
  const text = problemsOf(bomb).join("\n");
  assert.match(text, /too many values once its aliases are written out|nested too deeply/);
  assert.ok(performance.now() - started < 30_000);
});

Deno.test("checkConfigText is not led in circles by an anchor inside itself", () => {
  assert.match(problemsOf("sync: &a\n  hooks: *a\n").join(), /nested too deeply/);
});

Deno.test("checkConfigText writes out honest aliases, as Python's YAML makes them", () => {
  const { config } = check(`equipment:
  - id: A
    local_root: /l
    nas_root: /n
    completeness_signal: manual
    transport: { type: mount, path: /n/A, bandwidth: &id001 { upload_mbps: 5 } }
  - id: B
    local_root: /l
    nas_root: /n
    completeness_signal: manual
    transport: { type: mount, path: /n/B, bandwidth: *id001 }
`);
  assert.equal(config?.equipment[1]?.transport.bandwidth.uploadMbps, 5);
});

for (
  const [name, text] of [
    ["brackets", "sync: " + "[".repeat(100_000)],
    ["closed brackets", `sync: ${"[".repeat(2000)}${"]".repeat(2000)}`],
    ["braces", "{a: ".repeat(50_000)],
    ["indentation", Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
  ] as const
) {
  Deno.test(`checkConfigText survives nesting by ${name}`, () => {
    assert.equal(check(text).config, null);
  });
}

Deno.test("checkConfigText refuses names that mean something to JavaScript", () => {
  assert.match(problemsOf("__proto__: { enabled: true }\n").join(), /__proto__: unknown key/);
  assert.match(problemsOf("sync: { __proto__: 1 }\n").join(), /sync.__proto__: unknown key/);
  assert.match(problemsOf("sync: { constructor: 1 }\n").join(), /sync.constructor: unknown key/);
});

Deno.test("checkConfigText shows no control character of the file", () => {
  const text = problemsOf('sync: { "a\\e[2Jb": 1, enabled: "\\e[31m" }\n').join();
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u001f]/);
});

Deno.test("checkConfigText never throws, whatever the text", () => {
  const piece = fc.constantFrom(
    ..."equipment: sync: id: A - [ ] { } , : # & * ! | > ' \" % @ ` \n  \t null ~ 1 .inf << --- ... transport type mount &a *a ? true"
      .split(" "),
    "\n",
    "\n  ",
    " ",
    "\u0000",
    "\ud800",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const verdict = check(pieces.join(" "));
      assert.equal(verdict.config === null, verdict.problemCount > 0);
    }),
    { numRuns: 1500 },
  );
});
