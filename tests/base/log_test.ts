/** The log: real files, whole lines, no secrets, nothing lost to a killed process. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { configureLog, logger } from "../../lib/base/log.ts";
import { LogFile } from "../../lib/base/log_file.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

/** The lines that `write` leaves in a fresh log. */
async function linesOf(write: () => void, level: "debug" | "info" = "info"): Promise<string[]> {
  await using dir = await tempDir();
  const file = dir.join("app.log");
  {
    using _log = configureLog({ level, file });
    write();
  }
  const text = await Deno.readTextFile(file);
  assert.ok(text === "" || text.endsWith("\n"));
  return text.split("\n").slice(0, -1);
}

/** Without the time, which is checked here. */
function untimed(lines: string[]): string[] {
  return lines.map((line) => {
    assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[/);
    return line.slice(25);
  });
}

Deno.test("logger writes one line an event, with its level, room and values", async () => {
  const lines = await linesOf(() => {
    logger("sync").info("pushed {run}", { run: "Run_1", files: 142n });
    logger("queue").warn("slow");
    logger("queue").error("lost {reason}", { reason: new Error("no\nspace") });
    logger("queue").debug("not this one");
  });
  assert.deepEqual(untimed(lines), [
    "[INFO ] sync: pushed Run_1 files=142",
    "[WARN ] queue: slow",
    "[ERROR] queue: lost Error: no\\u000aspace",
  ]);
});

Deno.test("logger shows BigInts, circles and strange values instead of dropping the line", async () => {
  const circle: Record<string, unknown> = { id: 1 };
  circle.self = circle;
  const strange = {
    toJSON: () => {
      throw new Error("no");
    },
  };
  const lines = await linesOf(() => {
    logger("a").info("x {v}", { v: { size: 2n ** 70n, list: [1n] } });
    logger("a").info("y {v} {w}", { v: circle, w: strange });
    logger("a").info("z {v}", { v: undefined, s: Symbol("q") });
  });
  assert.deepEqual(untimed(lines), [
    '[INFO ] a: x {"size":"1180591620717411303424","list":["1"]}',
    "[INFO ] a: y [circular value] [unprintable value]",
    "[INFO ] a: z undefined s=Symbol(q)",
  ]);
});

Deno.test("logger neutralises what a name could do to a terminal or to the next line", async () => {
  const evil = "a\n2026-01-01T00:00:00.000Z [INFO ] x: forged\u001b[2J\u0085\u202e\u2028";
  const lines = await linesOf(() => logger("intake").info("saw {name}", { name: evil }));
  assert.equal(lines.length, 1);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(lines[0]!, /[\u0000-\u001f\u0080-\u009f\u2028\u202e]/);
  assert.match(lines[0]!, /a\\u000a2026.*forged\\u001b\[2J\\u0085\\u202e\\u2028/);
});

Deno.test("logger hides what is named like a secret, at any depth", async () => {
  const lines = await linesOf(() => {
    logger("web").info("with {token}", { token: "hunter2", ok: 1 });
    logger("web").info("head", { headers: { Authorization: "hunter2", Host: "h" } });
    logger("web").info("to {url}", { url: "https://me:hunter2@nas/x" });
    logger("web").info("braces {{token}} {a} {password}", { a: "A", password: "hunter2" });
  });
  assert.doesNotMatch(lines.join("\n"), /hunter2/);
  assert.match(lines[0]!, /with \*\*\* ok=1/);
  assert.match(lines[1]!, /"Host":"h"/);
  assert.match(lines[2]!, /https:\/\/me:\*\*\*@nas\/x/);
  assert.match(lines[3]!, /braces \{token\} A \*\*\*/);
});

Deno.test("logger cuts a line that never ends", async () => {
  const lines = await linesOf(() => logger("a").info("{v}", { v: "x".repeat(1_000_000) }));
  assert.ok(lines[0]!.length < 9000);
});

Deno.test("configureLog writes debug lines when asked", async () => {
  const lines = await linesOf(() => logger("a").debug("d"), "debug");
  assert.deepEqual(untimed(lines), ["[DEBUG] a: d"]);
});

Deno.test("configureLog appends, replaces an earlier one, and is over when disposed", async () => {
  await using dir = await tempDir();
  const [one, two] = [dir.join("one.log"), dir.join("two.log")];
  await Deno.writeTextFile(one, "old\n");
  const first = configureLog({ level: "info", file: one });
  logger("a").info("1");
  const second = configureLog({ level: "info", file: two });
  logger("a").info("2");
  first[Symbol.dispose]();
  logger("a").info("3");
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  logger("a").info("4");
  assert.match(await Deno.readTextFile(one), /^old\n.*a: 1\n$/);
  assert.match(await Deno.readTextFile(two), /^.*a: 2\n.*a: 3\n$/);
});

Deno.test("configureLog throws when the file cannot be opened", () => {
  assert.throws(() => configureLog({ level: "info", file: "/no/such/folder/app.log" }));
});

Deno.test("LogFile sets itself aside by size and keeps as many as it should", async () => {
  await using dir = await tempDir();
  const path = dir.join("app.log");
  {
    using file = new LogFile(path, { maxBytes: 100, keep: 2 });
    for (let i = 0; i < 10; i++) file.write(`${i} ${"x".repeat(37)}\n`);
  }
  const names = [...Deno.readDirSync(dir.path)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["app.log", "app.log.1", "app.log.2"]);
  const first = (name: string) => Deno.readTextFileSync(dir.join(name))[0];
  assert.deepEqual(names.map(first), ["8", "6", "4"]);
  for (const name of names) assert.ok(Deno.statSync(dir.join(name)).size <= 100);
});

Deno.test("LogFile with keep 0 keeps no old file", async () => {
  await using dir = await tempDir();
  {
    using file = new LogFile(dir.join("app.log"), { maxBytes: 10, keep: 0 });
    for (let i = 0; i < 5; i++) file.write(`line ${i}\n`);
  }
  assert.deepEqual([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["app.log"]);
  assert.equal(await Deno.readTextFile(dir.join("app.log")), "line 4\n");
});

Deno.test("LogFile follows when another process has set the file aside", async () => {
  await using dir = await tempDir();
  const path = dir.join("app.log");
  {
    using file = new LogFile(path, { maxBytes: 20, keep: 3 });
    file.write("0123456789\n");
    await Deno.rename(path, dir.join("moved"));
    file.write("9876543210\n");
  }
  assert.equal(await Deno.readTextFile(path), "9876543210\n");
  assert.equal(await Deno.readTextFile(dir.join("moved")), "0123456789\n");
});

Deno.test("LogFile goes on with a file that cannot be set aside, and says so", async () => {
  await using dir = await tempDir();
  const path = dir.join("app.log");
  await dir.write("app.log.1/in_the_way", "a folder takes the name");
  {
    using file = new LogFile(path, { maxBytes: 100, keep: 1 });
    for (let i = 0; i < 4; i++) file.write(`line ${i} ${"x".repeat(30)}\n`);
  }
  const text = await Deno.readTextFile(path);
  assert.match(text, /not set aside: /);
  for (let i = 0; i < 4; i++) assert.ok(text.includes(`line ${i} `));
});

testWith(["tmpfs"], "LogFile outlives a full disk and says how much it lost", async () => {
  await using dir = await tempDir();
  const run = async (command: string, ...args: string[]) => {
    assert.ok((await new Deno.Command(command, { args }).output()).success, command);
  };
  await Deno.mkdir(dir.join("small"));
  await run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir.join("small"));
  try {
    const filler = dir.join("small/filler");
    using file = new LogFile(dir.join("small/app.log"), { maxBytes: 1e6, keep: 1 });
    file.write("before\n");
    try {
      await Deno.writeFile(filler, new Uint8Array(100_000));
    } catch (error) {
      assert.match(String(error), /No space left/);
    }
    for (let i = 0; i < 3; i++) file.write(`${"x".repeat(8000)}\n`);
    await Deno.remove(filler);
    file.write("after\n");
    const text = await Deno.readTextFile(dir.join("small/app.log"));
    assert.match(text, /before\n/);
    assert.match(text, /log: [123] lines were lost here\nafter\n$/);
  } finally {
    await run("umount", "-l", dir.join("small"));
  }
});

Deno.test("configureLog loses no line of a process that is killed", async () => {
  await using dir = await tempDir();
  const file = dir.join("app.log");
  const module = new URL("../../lib/base/log.ts", import.meta.url).href;
  const script = await dir.write(
    "child.ts",
    `const { configureLog, logger } = await import(${JSON.stringify(module)});
     const log = configureLog({ level: "info", file: ${JSON.stringify(file)} });
     for (let i = 0; i < 1000; i++) logger("a").info("line {i}", { i });
     Deno.kill(Deno.pid, "SIGKILL");
     log[Symbol.dispose]();`,
  );
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const { signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", config, script],
    stdin: "null",
  }).output();
  assert.equal(signal, "SIGKILL");
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
  assert.equal(lines.length, 1000);
  assert.match(lines[999]!, /line 999$/);
});
