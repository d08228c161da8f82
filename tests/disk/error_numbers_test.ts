import assert from "node:assert/strict";
import { diskCodeOf } from "../../lib/disk/disk_failure.ts";
import { errorNameOf, type ErrorSystem } from "../../lib/disk/error_numbers.ts";
import { isInUse, onceFreeSync } from "../../lib/disk/in_use.ts";
import { testWith } from "../support/needs.ts";

/** As Deno makes them: a message with the number, and a code where it knows one. */
function systemError(number: number, code?: string): Error {
  return Object.assign(new Error(`something failed (os error ${number}): open '/x'`), { code });
}

Deno.test("errorNameOf names what Deno leaves a number, by system", () => {
  const numbers: Record<ErrorSystem, Record<string, number>> = {
    linux: { EDQUOT: 122, EFBIG: 27, ESTALE: 116, EHOSTDOWN: 112, ENOLCK: 37, ENOSYS: 38 },
    darwin: { EDQUOT: 69, EFBIG: 27, ESTALE: 70, EHOSTDOWN: 64, ENOLCK: 77, ENOSYS: 78 },
    windows: { EDQUOT: 1295, EFBIG: 223, ENODEV: 21, EHOSTDOWN: 1256, EBUSY: 32, ENOSPC: 112 },
  };
  for (const system of ["linux", "darwin", "windows"] as const) {
    for (const [name, number] of Object.entries(numbers[system])) {
      assert.equal(errorNameOf(systemError(number), system), name, `${system} ${number}`);
    }
  }
  assert.equal(errorNameOf(systemError(9999), "linux"), "OS9999");
  assert.equal(errorNameOf(new Error("a bug"), "linux"), null);
  assert.equal(errorNameOf("no error", "linux"), null);
});

Deno.test("errorNameOf believes the number on Windows, and the code elsewhere", () => {
  assert.equal(errorNameOf(systemError(1, "EISDIR"), "windows"), "ENOTSUP");
  assert.equal(errorNameOf(systemError(5, "EPERM"), "windows"), "EACCES");
  assert.equal(errorNameOf(systemError(50, "ENOTSUP"), "windows"), "ENOTSUP");
  assert.equal(errorNameOf(systemError(33, "EBUSY"), "windows"), "EBUSY");
  assert.equal(errorNameOf(systemError(225), "windows"), "OS225");
  assert.equal(errorNameOf(systemError(13, "EACCES"), "linux"), "EACCES");
  assert.equal(errorNameOf(systemError(95, "EOPNOTSUPP"), "linux"), "ENOTSUP");
  const ofNode = Object.assign(new Error("UNKNOWN: unknown error, open 'x'"), { code: "UNKNOWN" });
  assert.equal(errorNameOf(ofNode, "windows"), "UNKNOWN");
  assert.equal(diskCodeOf("UNKNOWN"), "io_failed");
});

Deno.test("diskCodeOf tells a lost place, a full one and a file that is too large apart", () => {
  for (const name of ["ESTALE", "EHOSTDOWN", "ENETDOWN", "ENODEV", "ENXIO", "EREMOTEIO", "EIO"]) {
    assert.equal(diskCodeOf(name), "device_lost", name);
  }
  for (const name of ["EDQUOT", "ENOSPC"]) assert.equal(diskCodeOf(name), "disk_full", name);
  assert.equal(diskCodeOf("EFBIG"), "file_too_large");
  assert.equal(diskCodeOf("ENOLCK"), "no_locks");
  assert.equal(diskCodeOf("OS225"), "io_failed");
});

testWith(["linux"], "errorNameOf has the numbers that this system's own table has", async () => {
  const script = "import errno, json; print(json.dumps(errno.errorcode))";
  const { stdout } = await new Deno.Command("/usr/bin/python3", { args: ["-c", script] }).output();
  const names: Record<string, string> = JSON.parse(new TextDecoder().decode(stdout));
  let compared = 0;
  for (const [number, name] of Object.entries(names)) {
    const ours = errorNameOf(systemError(Number(number)), "linux");
    if (ours?.startsWith("OS")) continue;
    assert.equal(ours, name === "EOPNOTSUPP" ? "ENOTSUP" : name);
    compared++;
  }
  assert.ok(compared > 40, `only ${compared} were compared`);
});

Deno.test("onceFreeSync tries again while a file is in use on Windows, and not for ever", () => {
  const waits: number[] = [];
  const options = { system: "windows", pause: (ms: number) => void waits.push(ms) };
  let calls = 0;
  const opened = onceFreeSync(() => {
    if (++calls < 3) throw systemError(32, "EBUSY");
    return "opened";
  }, options);
  assert.deepEqual([opened, calls, waits.length], ["opened", 3, 2]);
  const busy = () => {
    throw systemError(33, "EBUSY");
  };
  waits.length = 0;
  assert.throws(() => onceFreeSync(busy, options), /os error 33/);
  const waitedMs = waits.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waitedMs > 1_000 && waitedMs < 4_000, `${waitedMs} ms`);
  waits.length = 0;
  assert.throws(() => onceFreeSync(busy, { ...options, system: "linux" }), /os error 33/);
  assert.equal(waits.length, 0);
});

Deno.test("isInUse takes 'access denied' for an open file only where nothing else can deny", () => {
  const windows = { system: "windows" };
  assert.equal(isInUse(systemError(5, "EPERM"), windows), false);
  assert.equal(isInUse(systemError(5, "EPERM"), { ...windows, deniedToo: true }), true);
  assert.equal(isInUse(systemError(5), { system: "linux", deniedToo: true }), false);
});
