/** What `labferry doctor` says of tools, keys and destinations, with real ones, well and unwell. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { judgeRoundTrip } from "../../lib/doctor/checks/round_trip.ts";
import { OLDEST } from "../../lib/transports/rclone/tool_version.ts";
import { TOOL_NEEDS } from "../../lib/transports/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { startSshd } from "../support/sshd.ts";
import { lookedAt } from "./looked_at.ts";

const MARK = ".labferry-destination.json";

testWith(
  ["rclone", "rsync", "sshd"],
  "labferry doctor: a probe goes to all three kinds of places and leaves nothing",
  async () => {
    await using sshd = await startSshd();
    const equipment = { PLATE_01: "mount", FLOW_01: "rsync_ssh", SEQ_01: "rclone" } as const;
    await using lab = await openLab({ sshd, equipment });
    assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
    const seen = await lookedAt(lab);
    assert.equal(seen.code, 0, JSON.stringify(seen.lines));
    for (const id of Object.keys(equipment)) {
      // There, names, length, round trip.
      assert.deepEqual(seen.of("destination", id), ["ok", "ok", "ok", "ok"], id);
      assert.deepEqual(await readdir(lab.farBase(id)), [MARK]);
    }
    const trips = seen.lines.filter(({ message }) => /^a file of/.test(message));
    assert.match(trips.map(({ message }) => message).join("\n"), /hashed by the far machine/);
    const without = await lookedAt(lab, ["--no-probe"]);
    assert.deepEqual(without.of("destination"), ["ok", "ok", "ok"]);
  },
);

testWith(
  ["rclone"],
  "labferry doctor: a tool that is missing, too old, or another program",
  async () => {
    await using lab = await openLab({ equipment: { SEQ_01: "rclone" } });
    const path = lab.join("bin");
    const env = { ...lab.env, PATH: path };
    await Deno.mkdir(path);
    const rclone = async (said: string) => {
      await Deno.writeTextFile(`${path}/rclone`, `#!/bin/sh\necho "${said}"\n`, { mode: 0o755 });
      return (await lookedAt({ ...lab, env })).of("tools", "rclone");
    };
    assert.deepEqual((await lookedAt({ ...lab, env })).of("tools", "rclone"), [
      "fault missing_tool",
    ]);
    assert.deepEqual(await rclone("rclone v1.50.2"), ["fault missing_tool"]);
    assert.deepEqual(await rclone("I am a teapot"), ["fault missing_tool"]);
    assert.deepEqual(await rclone("rclone v1.60.1-DEV"), ["warning missing_tool"]);
    assert.deepEqual(await rclone("rclone v1.71.0"), ["ok"]);
  },
);

Deno.test("what doctor calls too old is what the transport refuses", () => {
  const [major, minor] = TOOL_NEEDS.rclone[0]!.oldest!;
  assert.deepEqual({ major, minor }, OLDEST);
});

testWith(["sshd", "rsync"], "labferry doctor: ssh keys here and over there", async () => {
  await using sshd = await startSshd();
  await using lab = await openLab({ equipment: { FLOW_01: "rsync_ssh" }, sshd });
  const keys = async (change: () => Promise<unknown>) => {
    await change();
    return (await lookedAt(lab)).of("ssh keys");
  };
  const run = async (command: string, ...args: string[]) => {
    const { success, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  assert.deepEqual(await keys(() => Promise.resolve()), ["ok", "ok"]);
  assert.deepEqual(await keys(() => Deno.chmod(sshd.keyPath, 0o644)), ["fault auth", "ok"]);
  await Deno.chmod(sshd.keyPath, 0o600);
  const passphrase = ["-p", "-P", "", "-N", "secret", "-f", sshd.keyPath];
  assert.deepEqual(await keys(() => run("ssh-keygen", ...passphrase)), ["fault auth", "ok"]);
  assert.deepEqual(await keys(() => Deno.writeTextFile(sshd.keyPath, "no key\n")), [
    "fault auth",
    "ok",
  ]);
  assert.deepEqual(await keys(() => Deno.remove(sshd.keyPath)), ["fault auth", "ok"]);
  await Deno.writeTextFile(sshd.knownHostsPath, "");
  assert.deepEqual((await lookedAt(lab)).of("ssh keys"), ["fault auth", "warning host_key"]);
});

Deno.test("labferry doctor writes nothing at a place that is not the one it should be", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const base = lab.farBase("PLATE_01");
  const text = await Deno.readTextFile(`${base}/${MARK}`);
  await Deno.writeTextFile(`${base}/${MARK}`, text.replace(/"uuid": "./, '"uuid": "z'));
  const before = (await Deno.stat(base)).mtime;
  const seen = await lookedAt(lab, ["--no-probe"]);
  assert.deepEqual(seen.of("destination"), ["fault destination_identity"]);
  assert.equal(seen.code, 1);
  assert.deepEqual((await Deno.stat(base)).mtime, before);
  await Deno.rename(base, lab.join("unplugged"));
  assert.deepEqual((await lookedAt(lab)).of("destination"), ["fault unreachable"]);
});

testWith(
  ["fuse"],
  "labferry doctor: what a share does to names, and one without locks",
  async () => {
    await using share = await oddShare({ foldsCase: true, mostNameBytes: 143, noLocks: "ENOLCK" });
    await using lab = await openLab({ farBases: { PLATE_01: share.join("lab") } });
    assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
    const seen = await lookedAt(lab);
    assert.deepEqual(seen.of("destination"), ["ok", "ok", "warning name_too_long", "ok"]);
    const said = seen.lines.map(({ message }) => message).join("\n");
    assert.match(said, /Keep\.tif and keep\.tif are one file there/);
    assert.match(said, /takes names of 143 bytes, not of 200/);
    assert.deepEqual(seen.of("locks", share.join("lab")), ["warning no_locks"]);
    assert.deepEqual(await readdir(`${share.diskPath}/lab`), [MARK]);
    await share.set({ fails: [{ operation: "create", nth: 1, errno: "EDQUOT", onwards: true }] });
    assert.deepEqual((await lookedAt(lab)).of("destination"), ["fault destination_full"]);
    assert.deepEqual(await readdir(`${share.diskPath}/lab`), [MARK]);
  },
);

testWith(
  ["fuse"],
  "labferry doctor: a share that hangs is said, and hides nothing else",
  async () => {
    await using share = await oddShare();
    const farBases = { PLATE_01: share.join("lab") };
    await using lab = await openLab({
      equipment: { PLATE_01: "mount", FLOW_01: "mount" },
      farBases,
    });
    assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
    share.hang();
    try {
      const seen = await lookedAt(lab, ["--wait", "5"]);
      assert.equal(seen.code, 1);
      assert.deepEqual(seen.of("destination", "PLATE_01"), ["fault no_answer"]);
      assert.deepEqual(seen.of("locks", share.join("lab")), ["fault no_answer"]);
      assert.deepEqual(seen.of("destination", "FLOW_01"), ["ok", "ok", "ok", "ok"]);
    } finally {
      share.on();
    }
  },
);

Deno.test("a probe that comes back with other bytes, or stays, is no success", () => {
  const trip = {
    bytes: 10,
    sha256: "a",
    farSha256: "a",
    backSha256: "a",
    strength: "read_back",
    notes: [],
    isGone: true,
    farDir: ".labferry-probe-0123456789abcdef",
  } as const;
  const levels = (over: Partial<Parameters<typeof judgeRoundTrip>[0]>) =>
    judgeRoundTrip({ ...trip, ...over }).map(({ level }) => level);
  assert.deepEqual(levels({}), ["ok"]);
  assert.deepEqual(levels({ farSha256: "b" }), ["fault"]);
  assert.deepEqual(levels({ backSha256: null }), ["fault"]);
  assert.deepEqual(levels({ isGone: false }), ["warning"]);
  assert.deepEqual(levels({ strength: "size_only" }), ["warning"]);
});
