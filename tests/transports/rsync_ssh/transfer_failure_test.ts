/** Transfers that fail in their middle, and far disks that do. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import { exists, filesBelow, noise, sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { startSshd } from "../../support/sshd.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { hasProgram } from "./has_program.ts";
import { connectTo, openScene, PUSH, transportTo } from "./scene.ts";

function isFailure(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code, `${error.message}\n${error.toolTail}`);
    return true;
  };
}

/** A tmpfs for the life of a scope. */
async function mountTmpfs(path: string, options: string): Promise<AsyncDisposable> {
  await Deno.mkdir(path, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  return { [Symbol.asyncDispose]: () => run("umount", ["-l", path]) };
}

async function run(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

testWith(["rsync", "sshd", "tmpfs"], "push says destination_full on a full far disk", async () => {
  await using scene = await openScene();
  await using _disk = await mountTmpfs(`${scene.basePath}/run`, "size=1m");
  const big = await scene.write("big.tif", noise(3_000_000, 1));
  await assert.rejects(scene.push([big]), isFailure("destination_full"));
  assert.equal(await exists(`${scene.basePath}/run/big.tif`), false);
  await assert.rejects(
    scene.session.putFiles("run", new Map([["big.json", noise(3_000_000, 2)]])),
    isFailure("destination_full"),
  );
});

testWith(["rsync", "sshd", "tmpfs"], "push says auth where it may not write", async () => {
  await using scene = await openScene();
  await using _disk = await mountTmpfs(`${scene.basePath}/run`, "size=1m,ro");
  const file = await scene.write("a.dat", "A");
  await assert.rejects(scene.push([file]), isFailure("auth"));
});

testWith(["rsync", "sshd"], "push says unreachable when the far machine dies", async () => {
  await using scene = await openScene();
  const bytes = noise(20_000_000, 3);
  const big = await scene.write("x/big.tif", bytes);
  const pushed = scene.push([big], {
    uploadMbps: 20,
    onProgress: ({ bytesDone }) => void (bytesDone > 0 && scene.sshd.kill()),
  });
  await assert.rejects(pushed, isFailure("unreachable"));
  assert.equal(await exists(`${scene.basePath}/run/x/big.tif`), false, "half a file has its name");
  await assert.rejects(scene.session.check(), isFailure("unreachable"));
  assert.notDeepEqual(await filesBelow(scene.basePath), [], "nothing was under way");

  // It comes back (as another machine, for sshd has a new key): nothing half done stays.
  await using sshd = await startSshd();
  await using again = await connectTo(transportTo(sshd, { remotePath: scene.basePath }));
  await again.session.push({ ...PUSH, sourceDir: scene.runDir, files: [big] });
  assert.deepEqual(await filesBelow(`${scene.basePath}/run`), ["x/big.tif"]);
  assert.deepEqual(await Deno.readFile(`${scene.basePath}/run/x/big.tif`), bytes);
});

testWith(
  ["rsync", "sshd"],
  "push moves rsync's leftovers aside and nothing like them",
  async () => {
    await using scene = await openScene();
    const listed = await scene.write(".b.dat.listed", "L");
    const files = [listed, await scene.write("a.dat", "A")];
    const far = `${scene.basePath}/run`;
    await Deno.mkdir(`${far}/.labferry-partial`, { recursive: true });
    for (const name of [".a.dat.Ab12Cd", ".a.dat.backup1", ".b.dat.Ab12Cd", ".b.dat.listed"]) {
      await Deno.writeTextFile(`${far}/${name}`, "?");
    }
    // Of the same time and size: it stays as it is, also when a second ends in between.
    const time = new Date(listed.mtimeMs);
    await Deno.utime(`${far}/.b.dat.listed`, time, time);
    const aside: string[] = [];
    await scene.push(files, { onSetAside: (path) => aside.push(path) });
    // Nobody can tell that it is rsync's, so it is kept.
    assert.deepEqual(aside, [".a.dat.Ab12Cd"]);
    assert.deepEqual(await filesBelow(scene.basePath), [
      `${PUSH.supersedeInto}/.a.dat.Ab12Cd`,
      "run/.a.dat.backup1",
      "run/.b.dat.Ab12Cd",
      "run/.b.dat.listed",
      "run/a.dat",
    ]);
    assert.equal(await exists(`${far}/.labferry-partial`), false);
  },
);

testWith(["rsync", "sshd"], "push goes on where an interrupted one stopped", async () => {
  await using scene = await openScene();
  const bytes = noise(20_000_000, 4);
  const big = await scene.write("x/big.tif", bytes);
  const stop = new AbortController();
  const progress = ({ bytesDone }: { bytesDone: number }) => {
    if (bytesDone > 2_000_000) stop.abort();
  };
  // rsync fills the buffers on its way before the ceiling shows: slow, or all is there at once.
  await assert.rejects(
    scene.push([big], { uploadMbps: 20, signal: stop.signal, onProgress: progress }),
  );
  const partial = `${scene.basePath}/run/.labferry-partial/big.tif`;
  // The far rsync puts away what it has once it sees the connection gone.
  for (let attempt = 0; !(await exists(partial)) && attempt < 500; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok((await Deno.stat(partial)).size > 1_000_000, "nothing to go on from");
  assert.deepEqual(await filesBelow(`${scene.basePath}/run/x`), []);
  await scene.push([big]);
  assert.deepEqual(await scene.hash(["x/big.tif"]), new Map([["x/big.tif", sha256(bytes)]]));
  assert.deepEqual(await filesBelow(scene.basePath), ["run/x/big.tif"]);
});

testWith(["rsync", "sshd"], "push says source_changed when a link took a file's name", async () => {
  await using scene = await openScene();
  await using elsewhere = await tempDir();
  const file = await scene.write("a.dat", "A");
  const secret = await elsewhere.write("secret", "not part of the run");
  const other = await scene.write("b.dat", "B");
  await scene.push([file, other]);
  await using next = await openScene();
  const there = await next.write("a.dat", "A");
  const runFile = `${await Deno.realPath(next.runDir)}/b.dat`;
  await Deno.symlink(secret, runFile);
  await assert.rejects(
    next.push([there, { path: "b.dat", sizeBytes: 1, mtimeMs: 0 }]),
    isFailure("source_changed"),
  );
  assert.equal(await exists(`${next.basePath}/run/b.dat`), false);
});

testWith(
  ["rsync", "sshd", "linux", "root"],
  "hash never calls an unreadable file missing",
  async () => {
    await using scene = await openScene({ remotePath: () => "/proc" });
    // A file that can be opened and whose first read fails, even for root.
    await assert.rejects(
      scene.hash(["mem"], { farDir: String(Deno.pid) }),
      (error: unknown) =>
        isFailure("unknown")(error) && /mem/.test((error as TransportError).message),
    );
  },
);

const RRSYNC = "/usr/bin/rrsync";
if (hasProgram(RRSYNC)) {
  testWith(
    ["rsync", "sshd"],
    "hash says verify_oversize before it reads back too much",
    async () => {
      await using scene = await openScene({
        sshd: (root) => ({ forceCommand: `${RRSYNC} ${root}/far` }),
        remotePath: () => "lab data/base",
      });
      const file = await scene.write("a.dat", "A");
      await scene.push([file]);
      assert.deepEqual(await scene.hash(["a.dat"]), new Map([["a.dat", sha256("A")]]));
      await assert.rejects(
        scene.session.hash({
          farDir: "run",
          files: [{ ...file, sizeBytes: 1_001 }],
          onHash: () => assert.fail("it was read back"),
          dropCache: false,
          maxStreamBytes: 1_000,
          acceptProviderAsserted: false,
          signal: new AbortController().signal,
        }),
        isFailure("verify_oversize"),
      );
    },
  );
}
