import assert from "node:assert/strict";
import { failureCodeOf } from "../../../lib/transports/rclone/failure.ts";
import { readLogLine } from "../../../lib/transports/rclone/log_line.ts";
import { readVersion } from "../../../lib/transports/rclone/tool_version.ts";

/** What rclone 1.60 and 1.75 wrote when the thing was really done to them. */
const SAID: readonly (readonly [string, string])[] = [
  ["unreachable", 'Failed to create file system for "nope:x": didn\'t find section in config file'],
  [
    "unreachable",
    'Failed to create file system for "a:": NewFs: couldn\'t connect SSH: dial tcp 127.0.0.1:1: connect: connection refused',
  ],
  [
    "name_resolution",
    'Failed to create file system for "a:": NewFs: couldn\'t connect SSH: dial tcp: lookup no.such.host.invalid on 10.255.255.53:53: no such host',
  ],
  [
    "auth",
    'Failed to create file system for "a:": NewFs: couldn\'t connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain',
  ],
  [
    "auth",
    'Failed to create file system for "a:": failed to read private key file: open /nope: no such file or directory',
  ],
  [
    "auth",
    'Failed to load config file "/e": unable to decrypt configuration and not allowed to ask for password - set RCLONE_CONFIG_PASS to your configuration password',
  ],
  ["auth", "Failed to copy: mkdir /mnt/nas/lab: permission denied"],
  [
    "host_key",
    'Failed to create file system for "a:": NewFs: couldn\'t connect SSH: ssh: handshake failed: knownhosts: key mismatch',
  ],
  ["destination_full", "Failed to copy: preallocate: file too big for remaining disk space"],
  ["destination_full", "Failed to copy: write /mnt/nas/a: no space left on device"],
  [
    "source_changed",
    "Failed to copy: can't copy - source file is being updated (size changed from 2400000 to 2700000)",
  ],
  [
    "source_unreadable",
    "Failed to copy: failed to open source object: open /data/a: permission denied",
  ],
  [
    "source_vanished",
    "Failed to copy: failed to open source object: open /data/a: no such file or directory",
  ],
  ["missing_tool", "Fatal error: unknown flag: --bogus"],
  ["unknown", 'Failed to copy: Update ReadFrom failed: sftp: "Failure" (SSH_FX_FAILURE)'],
  // Names must not decide.
  ["auth", "Failed to copy: mkdir /data/knownhosts: quota exceeded/x: permission denied"],
  ["unknown", 'Failed to create file system for "nas:connection refused": something new'],
];

Deno.test("failureCodeOf knows what rclone says when the thing is really done to it", () => {
  for (const [code, message] of SAID) {
    const plain = readLogLine(`2026/11/20 19:31:40 ${message}`);
    const json = readLogLine(JSON.stringify({ level: "error", msg: message, object: "a.dat" }));
    assert.equal(plain.isError && json.isError, true, message);
    assert.equal(failureCodeOf(1, [plain.cause]), code, message);
    assert.equal(failureCodeOf(1, [json.cause]), code, message);
  }
});

Deno.test("failureCodeOf lets the exit code decide first", () => {
  assert.equal(failureCodeOf(3, ["connection refused"]), "destination_identity");
});

Deno.test("readLogLine reads statistics of both orders of keys and keeps odd lines", () => {
  const old = readLogLine(
    '{"level":"warning","msg":"\\nTransferred","source":"x","stats":{"bytes":5,"checks":1,"renames":1,"transfers":2,"transferring":[{"name":"a/b","bytes":3}]}}',
  );
  assert.deepEqual(old.stats, {
    bytes: 5,
    transfers: 2,
    checks: 1,
    renames: 1,
    deletes: 0,
    currentPath: "a/b",
  });
  const dry = readLogLine(
    '{"time":"x","level":"notice","msg":"Skipped copy","skipped":"copy","size":9,"object":"run/a"}',
  );
  assert.deepEqual([dry.skipped, dry.object, dry.isError], ["copy", "run/a", false]);
  assert.equal(readLogLine("{not json").text, "{not json");
});

Deno.test("readVersion reads what rclone calls itself", () => {
  assert.deepEqual(readVersion("rclone v1.60.1-DEV\n- os/version: debian"), {
    major: 1,
    minor: 60,
  });
  assert.deepEqual(readVersion("rclone v1.75.2\n"), { major: 1, minor: 75 });
  assert.equal(readVersion("bash: rclone"), null);
});
