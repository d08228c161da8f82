/** Far paths that a shell would love to misread, and accounts that are not plain shells. */
import assert from "node:assert/strict";
import { LabferryError } from "../../../lib/base/mod.ts";
import { RsyncSshTransport } from "../../../lib/transports/rsync_ssh/mod.ts";
import { exists, filesBelow, sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { startSshd } from "../../support/sshd.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { connectTo, openScene, PUSH, transportTo } from "./scene.ts";

const ODD = [
  "with space",
  'it\'s "quoted"',
  "new\nline",
  "$(touch pwned)`id`",
  "back\\slash*?[x]{a,b}",
  "-rf",
  "~root",
  "日本 ümläut",
  "#a;b&c|d<e>f",
];

testWith(["rsync", "sshd"], "RsyncSshTransport works below a base of any name", async () => {
  await using dir = await tempDir();
  await using sshd = await startSshd();
  for (const name of ODD) {
    const basePath = dir.join("far", name);
    await using scene = await connectTo(transportTo(sshd, { remotePath: basePath }));
    await scene.session.createBase();
    await scene.local.write("run/a.dat", "A");
    const farDir = `${name}/Runs/${name}`;
    await scene.session.push({
      ...PUSH,
      sourceDir: scene.local.join("run"),
      files: [{ path: "a.dat", sizeBytes: 1, mtimeMs: 0 }],
      farDir,
      supersedeInto: `aside/${name}`,
    });
    await scene.session.putFiles(farDir, new Map([["r.json", new Uint8Array([1])]]));
    assert.deepEqual(await scene.session.setAside(farDir, ["r.json"], `aside/${name}`), ["r.json"]);
    const got = await scene.session.getFiles(`aside/${name}`, ["r.json"]);
    assert.deepEqual(got, new Map([["r.json", new Uint8Array([1])]]), name);
    assert.deepEqual(
      await filesBelow(basePath),
      [`${farDir}/a.dat`, `aside/${name}/r.json`].sort(),
    );
  }
  assert.equal(await exists(dir.join("pwned")), false);
  assert.deepEqual([...Deno.readDirSync(dir.path)].map((entry) => entry.name), ["far"]);
});

testWith(
  ["rsync", "sshd"],
  "RsyncSshTransport takes a relative path from the far home",
  async () => {
    const home = Deno.env.get("HOME")!;
    const name = `.labferry-test-${crypto.randomUUID()}`;
    try {
      await using scene = await openScene({ remotePath: () => `~/${name}/it's` });
      const file = await scene.write("a.dat", "A");
      await scene.push([file], { supersedeInto: "aside/1" });
      assert.equal(await Deno.readTextFile(`${home}/${name}/it's/run/a.dat`), "A");
      assert.deepEqual(await scene.hash(["a.dat"]), new Map([["a.dat", sha256("A")]]));
    } finally {
      await Deno.remove(`${home}/${name}`, { recursive: true });
    }
  },
);

testWith(
  ["rsync", "sshd"],
  "RsyncSshTransport does with a forced command for rsync alone",
  async () => {
    await using scene = await openScene({
      sshd: () => ({
        forceCommand: 'case "$SSH_ORIGINAL_COMMAND" in "rsync --server "*) ' +
          'eval "exec $SSH_ORIGINAL_COMMAND";; *) echo "rsync only" >&2; exit 1;; esac',
      }),
      baseName: "far/it's base",
    });
    const files = [await scene.write("a.dat", "old"), await scene.write("x/b.dat", "B")];
    await scene.push(files);
    const changed = await scene.write("a.dat", "newer");
    await scene.push([changed, files[1]!], { supersedeInto: "aside/1" });
    assert.deepEqual(
      await scene.hash(["a.dat", "missing", "x/b.dat"]),
      new Map([["a.dat", sha256("newer")], ["missing", null], ["x/b.dat", sha256("B")]]),
    );
    assert.deepEqual(await scene.session.setAside("run", ["x/b.dat"], "aside/2"), ["x/b.dat"]);
    assert.deepEqual(await filesBelow(scene.basePath), [
      "aside/1/a.dat",
      "aside/2/x/b.dat",
      "run/a.dat",
    ]);
  },
);

testWith(["rsync", "sshd"], "RsyncSshTransport does with an account that greets", async () => {
  await using scene = await openScene({
    sshd: () => ({ forceCommand: 'echo welcome >&2; eval "$SSH_ORIGINAL_COMMAND"' }),
  });
  await scene.push([await scene.write("a.dat", "A")]);
  assert.deepEqual(await scene.hash(["a.dat"]), new Map([["a.dat", sha256("A")]]));
});

Deno.test("RsyncSshTransport refuses a target or a path that is none", () => {
  const refused: [string, string][] = [
    ["", "/srv"],
    ["-oProxyCommand=id", "/srv"],
    ["lab@-oProxyCommand=id", "/srv"],
    ["lab@nas 01", "/srv"],
    ["lab@nas01", ""],
    ["lab@nas01", "~maria/lab"],
    ["lab@nas01", "/srv/../etc"],
    ["lab@nas01", "/srv/\0"],
  ];
  for (const [sshTarget, remotePath] of refused) {
    assert.throws(
      () => new RsyncSshTransport({ sshTarget, remotePath }),
      (error: unknown) => error instanceof LabferryError && error.code === "config_invalid",
      `${sshTarget} ${remotePath}`,
    );
  }
  const kept = new RsyncSshTransport({ sshTarget: "maria@lab@[fe80::1]", remotePath: "~/lab" });
  assert.equal(kept.address, "maria@lab@[fe80::1]:~/lab");
});
