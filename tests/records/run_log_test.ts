import assert from "node:assert/strict";
import { formatLogLine, type LogEvent, logToRun, runLogName } from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const EVENT: LogEvent = {
  at: new Date("2026-04-17T14:32:11.900Z"),
  level: "INFO",
  host: "labpc-04",
  equipmentId: "CONFOCAL_01",
  project: "PROJ-0042",
  kind: "experimental",
  run: "Run_2026-04-17T14-32",
  message: "sealed: 142 files",
};

Deno.test("formatLogLine writes the line of the contract and leaves out tags that do not apply", () => {
  assert.equal(
    formatLogLine(EVENT),
    "2026-04-17T14:32:11Z [INFO ] [host:labpc-04] [equip:CONFOCAL_01] [proj:PROJ-0042] " +
      "[kind:experimental] [run:Run_2026-04-17T14-32] sealed: 142 files",
  );
  const { at, host, message } = EVENT;
  assert.equal(
    formatLogLine({ at, host, message, level: "ERROR" }),
    "2026-04-17T14:32:11Z [ERROR] [host:labpc-04] sealed: 142 files",
  );
});

Deno.test("formatLogLine lets nothing forge a line, a tag or another order of characters", () => {
  const line = formatLogLine({
    ...EVENT,
    project: "P] [host:other",
    message: "a\n2026-01-01T00:00:00Z [INFO ] forged\r\x1b[2J\u2028\u202etxt\x9b\0\ud800",
  });
  assert.ok(line.includes("[proj:P) (host:other]"));
  // deno-lint-ignore no-control-regex
  assert.ok(!/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/.test(line));
  assert.ok(line.includes("a\\u{a}2026"));
  assert.ok(line.isWellFormed());
});

Deno.test("formatLogLine cuts between characters to 1 KiB with its newline", () => {
  for (const filler of ["x", "é", "😀", "\n"]) {
    const line = formatLogLine({
      ...EVENT,
      project: filler.repeat(300),
      message: filler.repeat(2000),
    });
    const bytes = new TextEncoder().encode(line).length;
    assert.ok(bytes <= 1023 && bytes > 1010, `${bytes}`);
    assert.ok(line.endsWith("…") && line.isWellFormed());
  }
});

Deno.test("logToRun appends whole lines of many writers", async () => {
  await using dir = await tempDir();
  const path = dir.join(runLogName("labpc-04"));
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => logToRun(path, { ...EVENT, message: `event ${i}` })),
  );
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  const numbers = lines.map((line) => Number(/\] event (\d+)$/.exec(line)![1]));
  assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
});

Deno.test("runLogName stays one safe file name", () => {
  assert.equal(runLogName("labpc-04.example"), "wizard.labpc-04.example.log");
  assert.equal(runLogName("../../etc/x y"), "wizard..._.._etc_x_y.log");
  assert.equal(runLogName(""), "wizard.unknown.log");
});
