/** Quoting, and what the tools print. */
import assert from "node:assert/strict";
import { failureOf, FarFolderAbsent } from "../../../lib/transports/rsync_ssh/failure.ts";
import { Arrivals } from "../../../lib/transports/rsync_ssh/arrivals.ts";
import { readBlocks } from "../../../lib/transports/rsync_ssh/hash_scripts.ts";
import { parseListLine, pathOf } from "../../../lib/transports/rsync_ssh/list_line.ts";
import { PushProgress } from "../../../lib/transports/rsync_ssh/push_progress.ts";
import { quoteForRsh, quoteForShell } from "../../../lib/transports/rsync_ssh/quote.ts";
import { parseRsyncVersion } from "../../../lib/transports/rsync_ssh/rsync_version.ts";
import { testWith } from "../../support/needs.ts";
import { hasProgram } from "./has_program.ts";

testWith(["linux"], "quoteForShell gives any word to a shell unharmed", async () => {
  const words = [
    "",
    "plain",
    "a b",
    "it's",
    "'",
    "''",
    '"$HOME"',
    "`id`",
    "new\nline\n",
    "\\",
    "\\\\ends with\\",
    "!! !e#.tif !",
    "*",
    "ü 😀",
  ];
  for (const shell of ["sh", "bash", "zsh", "fish", "tcsh"]) {
    if (!["sh", "bash"].includes(shell) && !hasProgram(`/usr/bin/${shell}`)) {
      console.warn(`SKIPPED ${shell}: not on this machine`);
      continue;
    }
    // No word of tcsh's can go over two lines.
    const fit = words.filter((word) => shell !== "tcsh" || !word.includes("\n"));
    const script = `printf '%s\\0' ${fit.map(quoteForShell).join(" ")}`;
    const { stdout } = await new Deno.Command(shell, { args: ["-c", script] }).output();
    assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), fit, shell);
  }
  assert.throws(() => quoteForShell("a\0b"), TypeError);
});

Deno.test("quoteForRsh doubles quotes and leaves plain words alone", () => {
  assert.equal(quoteForRsh(["ssh", "-i", "/a b/it's", ""]), "ssh -i '/a b/it''s' ''");
});

Deno.test("Arrivals names a file when the next one is begun, and none that failed its checksum", () => {
  const arrived: string[] = [];
  const arrivals = new Arrivals((path) => arrived.push(path));
  const hear = (line: string) => {
    arrivals.onLine(line);
    return arrived.splice(0);
  };
  for (const name of ["a to b", "bad", "x/\\#303\\#244"]) {
    assert.deepEqual(hear(`<f+++++++++ 5 ${name}`), []);
  }
  assert.deepEqual(hear("recv_files(a to b)"), []);
  assert.deepEqual(hear("renaming .a to b.q9kZcQ to a to b"), []);
  assert.deepEqual(hear("recv_files(bad)"), ["a to b"]);
  assert.deepEqual(hear("renaming .bad.emUGda to /base/run/.labferry-partial/bad"), []);
  assert.deepEqual(hear("recv_files(x/\\#303\\#244)"), []);
  assert.deepEqual(hear("renaming x/.\\#303\\#244.gSBAAI to x/\\#303\\#244"), []);
  assert.deepEqual(hear("recv_files phase=1"), ["x/ä"]);
  assert.deepEqual(hear("<f+++++++++ 5 bad"), []);
  assert.deepEqual(hear("recv_files(bad)"), []);
  assert.deepEqual(hear("renaming .bad.emUGdb to bad"), []);
  assert.deepEqual(hear("recv_files phase=2"), ["bad"]);
  arrivals.finish();
  assert.deepEqual(arrived, []);
});

Deno.test("parseRsyncVersion tells what an rsync can do", () => {
  const kind = (text: string) => {
    const found = parseRsyncVersion(text);
    return found &&
      [found.version, found.secludesArgs, found.hasInfo, found.hasMkpath, found.hasFsync];
  };
  assert.deepEqual(kind("rsync  version 3.2.7  protocol version 31"), [
    "3.2.7",
    true,
    true,
    true,
    true,
  ]);
  assert.deepEqual(kind("rsync  version v3.2.3  protocol version 31"), [
    "3.2.3",
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual(kind("rsync  version 3.0.9  protocol version 30"), [
    "3.0.9",
    true,
    false,
    false,
    false,
  ]);
  const mac = "openrsync: protocol version 29\nrsync version 2.6.9 compatible";
  assert.deepEqual(kind(mac), ["2.6.9", false, false, false, false]);
  assert.equal(kind("bash: rsync: command not found"), null);
});

Deno.test("parseListLine reads sizes and escaped names, and nothing else", () => {
  const line = "-rw-r--r--      1,234 2026/04/17 14:32:00 a b\\#012\\#303\\#274";
  const entry = parseListLine(line)!;
  assert.deepEqual([entry.kind, entry.sizeBytes, pathOf(entry)], ["file", 1234, "a b\nü"]);
  assert.equal(entry.mtimeMs, Date.UTC(2026, 3, 17, 14, 32));
  const link = parseListLine("lrwxrwxrwx           7 1969/12/31 23:59:59 x -> y")!;
  assert.deepEqual([link.kind, pathOf(link), link.mtimeMs], ["link", "x -> y", -1000]);
  assert.equal(parseListLine("receiving file list ... done"), null);
  const invalid = parseListLine("-rw-r--r--  1 2026/04/17 14:32:00 bad\\#377")!;
  assert.equal(pathOf(invalid), "bad\\#377");
});

Deno.test("PushProgress counts what is there already and never goes back", () => {
  const seen: unknown[] = [];
  let nowMs = 0;
  const progress = new PushProgress((now) => seen.push({ ...now }), {
    whole: { bytes: 1500, files: 2 },
    nowMs: () => nowMs += 1000,
  });
  progress.onLine("cd+++++++++ 4096 x/");
  progress.onLine(".f          1000 x/there.dat");
  progress.onLine("<f+++++++++ 500 x/n\\#012.dat");
  progress.onLine("        250  16%    1.00MB/s    0:00:00");
  progress.onLine("        100  10%    1.00MB/s    0:00:00");
  assert.deepEqual(seen, [
    { bytesDone: 1000, filesDone: 1, currentPath: null },
    { bytesDone: 1000, filesDone: 1, currentPath: "x/n\n.dat" },
    { bytesDone: 1250, filesDone: 1, currentPath: "x/n\n.dat" },
    { bytesDone: 1250, filesDone: 1, currentPath: "x/n\n.dat" },
  ]);
});

Deno.test("readBlocks believes a block only when every position fits", () => {
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  const hash = (sha256: string) => ({ kind: "hash", sha256 });
  assert.deepEqual(readBlocks(`ff\n${a} *./1\n\\${b} *./2\n= 0\n`, 2), [hash(a), hash(b)]);
  // One is missing: which are there is known, their hashes are not asked for yet.
  assert.deepEqual(readBlocks("fmlu\n", 4), [
    null,
    { kind: "missing" },
    { kind: "missing" },
    { kind: "unreadable" },
  ]);
  // The tool failed on one of two: which one cannot be told.
  assert.deepEqual(readBlocks(`ff\n${a} *./1\n= 1\nf\n${b} *./3\n= 0\n`, 3), [null, null, hash(b)]);
  assert.deepEqual(readBlocks(`ff\n${a} *./1\n= 0\nf\n${b} *./3\n= 0\n`, 3), [null, null, hash(b)]);
  // A line too many, as from a name over two lines, shifts nothing.
  assert.deepEqual(readBlocks(`f\n${a} *./1\n${b} *./x\n= 0\n`, 1), [null]);
  assert.equal(readBlocks(`ff\n${a} *./1\n`, 2), null);
  assert.equal(readBlocks(`f\n${a} *./1\n= 0\n`, 2), null);
  assert.equal(readBlocks("welcome\n", 1), null);
});

Deno.test("failureOf decides by exit code first, then by message", () => {
  const code = (exit: number | null, stderr: string, more = {}) => {
    const failure = failureOf({
      address: "nas:/x",
      code: exit,
      stderr,
      doing: "sending to",
      ...more,
    });
    return failure instanceof FarFolderAbsent ? "absent" : failure.code;
  };
  assert.equal(
    code(255, "kex_exchange_identification: Connection closed by remote host"),
    "unreachable",
  );
  assert.equal(code(255, "lab@nas: Permission denied (publickey)."), "auth");
  assert.equal(
    code(
      255,
      "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
    ),
    "host_key",
  );
  assert.equal(code(127, "bash: line 1: rsync: command not found"), "missing_tool");
  assert.equal(code(30, "rsync error: timeout in data send/receive (code 30)"), "unreachable");
  assert.equal(code(12, "client_loop: send disconnect: Broken pipe"), "unreachable");
  assert.equal(
    code(11, 'rsync: [receiver] write failed on "/far/x": No space left on device (28)'),
    "destination_full",
  );
  assert.equal(
    code(23, 'rsync: [generator] recv_generator: mkdir "/far/x" failed: Disk quota exceeded (122)'),
    "destination_full",
  );
  assert.equal(
    code(23, 'rsync: [receiver] mkstemp "/far/.x.a1" failed: Permission denied (13)'),
    "auth",
  );
  assert.equal(
    code(23, 'rsync: [sender] send_files failed to open "/run/a": Permission denied (13)'),
    "source_unreadable",
  );
  assert.equal(code(24, 'file has vanished: "/run/a"'), "source_vanished");
  assert.equal(code(12, "labferry-far: base-missing\nrsync error: …"), "destination_identity");
  assert.equal(code(12, "labferry-far: absent"), "absent");
  assert.equal(
    code(23, 'rsync: [sender] send_files failed to open "/far/a": Permission denied (13)', {
      pulling: true,
    }),
    "unknown",
  );
  assert.equal(code(null, ""), "unknown");
});
