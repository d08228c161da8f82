/** `labferry restore`, as people run it: through the service, beside it, and with nothing but an address. */
import assert from "node:assert/strict";
import { tryLockFile } from "../../lib/disk/mod.ts";
import { filesBelow, noise } from "../contract/stage.ts";
import { assertSameRun } from "../support/far_proof.ts";
import type { Lab } from "../support/lab.ts";
import { labferry, startLabDaemon, withoutLab } from "../support/lab_programs.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { signalChild } from "../support/processes.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { dataOf, FILES, fromArgs, labWithGoneRun, serverOf, WAYS } from "./gone_run.ts";
import { PROGRAM } from "../support/program.ts";

testWith(
  ["pastCache"],
  "restore RUN brings the run back, and it goes its ordinary way once more",
  async () => {
    const { lab, run, far } = await labWithGoneRun();
    await using _lab = lab;
    const part = await labferry(lab, ["restore", run, "--only", "deep/**", "--json"]);
    assert.equal(part.code, 0, part.stderr);
    assert.deepEqual([part.json().files, part.json().job.state, part.json().job.pinned], [
      2,
      "cleaned",
      true,
    ]);
    const all = await labferry(lab, ["restore", run]);
    assert.equal(all.code, 0, all.stderr);
    assert.match(all.stdout, /Brought back: 2 files, 5 B, each compared/);
    assert.match(all.stdout, /here +2 files with the same bytes/);
    await assertSameRun(run, far);
    const again = await labferry(lab, ["enqueue", run, "--wait"]);
    assert.equal(again.code, 0, again.stderr);
    const { state, generation, pinned } = (await labferry(lab, ["status", run, "--json"])).json();
    assert.deepEqual([state, generation, pinned], ["verified", 1, true]);
    const kept = await labferry(lab, ["clean", run]);
    assert.equal(kept.code, 1, "a pinned run stays");
    assert.equal((await labferry(lab, ["unpin", run])).code, 0);
    assert.equal((await labferry(lab, ["clean", run])).code, 0);
    assert.deepEqual(await dataOf(run), []);
  },
);

testWith(
  ["pastCache"],
  "empty folders come back with a run, also after passes that did not meet them here",
  async () => {
    const { lab, run } = await labWithGoneRun();
    await using _lab = lab;
    const folder = `${run}/an empty folder`;
    const ask = async (...args: string[]) => {
      const { code, stderr } = await labferry(lab, args);
      assert.equal(code, 0, `${args}: ${stderr}`);
    };
    await ask("verify", run);
    await ask("restore", run);
    assert.ok((await Deno.stat(folder)).isDirectory, "the copy was let go with it");
    await ask("enqueue", run, "--wait");
    await Deno.remove(folder);
    await ask("verify", run);
    await ask("restore", run);
    assert.ok((await Deno.stat(folder)).isDirectory, "a person deleted it");
  },
);

testWith(
  ["pastCache"],
  "restore says what is different, missing or damaged, and ends with 1",
  async () => {
    const { lab, run, far } = await labWithGoneRun();
    await using _lab = lab;
    await Deno.writeTextFile(`${run}/a.dat`, "mine");
    await Deno.remove(`${far}/empty.dat`);
    await Deno.writeTextFile(`${far}/deep/b.dat`, "BETA");
    const { code, stdout } = await labferry(lab, ["restore", run]);
    assert.equal(code, 1);
    assert.match(stdout, /not over +1 file \("a.dat"\)/);
    assert.match(stdout, /damaged +1 file \("deep\/b.dat"\)/);
    assert.match(stdout, /missing +1 file \("empty.dat"\)/);
    assert.equal(await Deno.readTextFile(`${run}/a.dat`), "mine");
    assert.match((await labferry(lab, ["status"])).stdout, /far copy damaged, local copy gone/);
  },
);

testWith(
  ["pastCache"],
  "through the service restore writes below restore.roots, elsewhere the command does",
  async () => {
    await using roots = await tempDir();
    const { lab, run, far } = await labWithGoneRun(FILES, [
      `restore: { roots: [${JSON.stringify(roots.join("allowed"))}] }`,
    ]);
    await using _lab = lab;
    await Deno.mkdir(roots.join("allowed"));
    await using daemon = await startLabDaemon(lab);
    const token = (await Deno.readTextFile(lab.stateDir.tokenFile)).trim();
    const { id } = (await labferry(lab, ["status", run, "--json"])).json();
    const ask = (to: string) =>
      fetch(new URL(`/api/v1/jobs/${id}/restore`, daemon.url), {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ to }),
      });
    const allowed = await ask(roots.join("allowed/copy"));
    assert.equal(allowed.status, 200, await allowed.text());
    await assertSameRun(roots.join("allowed/copy"), far);
    await Deno.symlink(roots.path, roots.join("allowed/out"));
    for (
      const to of [roots.join("other"), roots.join("allowed/out/x"), roots.join("allowed/../x")]
    ) {
      const refused = await ask(to);
      assert.equal(refused.status, 403, to);
      assert.equal((await refused.json()).code, "restore_elsewhere");
    }
    assert.deepEqual([...Deno.readDirSync(roots.path)].map(({ name }) => name), ["allowed"]);
    const own = await labferry(lab, ["restore", run, "--to", roots.join("other"), "--json"]);
    assert.equal(own.code, 0, own.stderr);
    assert.deepEqual([own.json().files, own.json().to], [4, roots.join("other")]);
    await assertSameRun(roots.join("other"), far);
    const { state, pinned } = (await labferry(lab, ["status", run, "--json"])).json();
    assert.deepEqual([state, pinned], ["cleaned", false], "a copy elsewhere changes nothing");
    const back = await labferry(lab, ["restore", run]);
    assert.equal(back.code, 0, back.stderr);
    await until(
      async () => (await labferry(lab, ["status", run, "--json"])).json().state === "verified",
      { what: "the service to prove it anew" },
    );
  },
);

for (const [type, tools] of Object.entries(WAYS) as [TransportType, readonly Tool[]][]) {
  testWith(
    [...tools, "pastCache"],
    `restore --from needs nothing but the address, over ${type}`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const gone = await labWithGoneRun();
      const { run, far } = gone;
      stack.use(gone.lab);
      const root = stack.use(await tempDir());
      await Deno.mkdir(root.join("home"));
      const sshd = stack.use(await serverOf(type));
      const args = [...fromArgs(gone, { type, sshd }), "--to", root.join("back"), "--json"];
      const { code, stdout, stderr } = await withoutLab(args, {
        home: root.join("home"),
        ...(sshd ? { knownHosts: sshd.knownHostsPath } : {}),
      });
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        [JSON.parse(stdout).files, JSON.parse(stdout).bytes, JSON.parse(stdout).to],
        [4, 14, root.join("back")],
      );
      await assertSameRun(root.join("back"), far);
      assert.ok((await Deno.stat(root.join("back/an empty folder"))).isDirectory);
      assert.ok((await Deno.stat(root.join("back/.exlab-wizard/creation.json"))).isFile);
      assert.deepEqual(
        await filesBelow(root.join("home")),
        [],
        "it makes no state and asks for none",
      );
      assert.deepEqual(
        (await filesBelow(root.path)).filter((path) => /labferry|transfer/.test(path)),
        [],
      );
      assert.equal(await Deno.stat(run).then(({ isDirectory }) => isDirectory), true);
    },
  );
}

testWith(
  ["pastCache"],
  "restore --from refuses what is no proven run, and a way out of the base",
  async () => {
    const { lab } = await labWithGoneRun();
    await using _lab = lab;
    await using root = await tempDir();
    const base = lab.farBase("PLATE_01");
    const ask = (...args: string[]) => withoutLab(["restore", ...args], { home: root.path });
    const noRun = await ask("--from", base, "Cortex Q3", "--to", root.join("back"));
    assert.equal(noRun.code, 1);
    assert.match(noRun.stderr, /has no manifest.*\n +hint: name the run's own folder/);
    assert.equal(await Deno.stat(root.join("back")).catch(() => null), null);
    const outside = await ask("--from", base, "../state", "--to", root.join("back"));
    assert.equal(outside.code, 2);
    const noPlace = await ask("--from", `${base}-off`, "Cortex Q3", "--to", root.join("back"));
    assert.equal(noPlace.code, 4, noPlace.stderr);
    const noTo = await ask("--from", base, "Cortex Q3");
    assert.equal(noTo.code, 2);
  },
);

testWith(
  ["pastCache"],
  "restore --to refuses no name at all, and what labferry itself looks after",
  async () => {
    const { lab, run, far } = await labWithGoneRun();
    await using _lab = lab;
    const root = `${lab.path}/data/PLATE_01`;
    const base = lab.farBase("PLATE_01");
    const before = [await filesBelow(root), await filesBelow(base)];
    const links = await Deno.makeTempDir({ dir: lab.path });
    await Deno.symlink(root, `${links}/way in`);
    const refused: [to: string, why: RegExp][] = [
      ["", /names no folder/],
      [`${root}/Cortex Q3/Runs/Run_other`, /within the runs of PLATE_01/],
      [`${links}/way in/x`, /within the runs of PLATE_01/],
      [`${base}/again`, /within the destination/],
      [`${lab.stateDir.path}/again`, /within labferry's state/],
    ];
    for (const [to, why] of refused) {
      const { code, stderr } = await labferry(lab, ["restore", run, "--to", to]);
      assert.equal(code, 2, `${to}: ${stderr}`);
      assert.match(stderr, why, to);
    }
    const from = ["restore", "--from", base, far.slice(base.length + 1), "--to", `${base}/again`];
    const beside = await withoutLab(from, { home: links });
    assert.equal(beside.code, 2, beside.stderr);
    assert.deepEqual([await filesBelow(root), await filesBelow(base)], before);
  },
);

testWith(
  ["pastCache"],
  "restore --only that fits no file is a mistake, of a folder in the way it says so",
  async () => {
    const { lab, run, far } = await labWithGoneRun();
    await using _lab = lab;
    const none = await labferry(lab, ["restore", run, "--only", "DEEP/**", "--only", "x*"]);
    assert.equal(none.code, 2, none.stdout);
    assert.match(none.stderr, /No file of the run fits --only "DEEP\/\*\*", "x\*"/);
    const after = (await labferry(lab, ["status", run, "--json"])).json();
    assert.equal(after.pinned, false, "nothing came that has to be kept");
    const to = `${lab.path}/to`;
    const elsewhere = await labferry(lab, ["restore", run, "--only", "x*", "--to", to]);
    assert.equal(elsewhere.code, 2, elsewhere.stdout);
    for (const place of [to, run]) {
      await Deno.writeTextFile(`${place}/an empty folder`, "mine");
      const ask = ["restore", run, ...(place === to ? ["--to", to] : [])];
      const { code, stdout, stderr } = await labferry(lab, ask);
      assert.equal(code, 1, stderr);
      assert.match(stdout, /^ +not over +1 file \("an empty folder\/"\): something else/m);
      assert.match(stdout, /^Brought back: 4 files/);
      assert.equal(await Deno.readTextFile(`${place}/an empty folder`), "mine");
      assert.deepEqual(
        (await dataOf(place)).filter((path) => path !== "an empty folder"),
        await dataOf(far),
        "nothing of ours is left there",
      );
    }
  },
);

testWith(
  ["pastCache"],
  "clean says what of a run that was let go was brought back and stays, and how it can go",
  async () => {
    const { lab, run, far } = await labWithGoneRun();
    await using _lab = lab;
    assert.equal((await labferry(lab, ["restore", run, "--only", "a.dat"])).code, 0);
    const says =
      /let go before, and 1 of its 4 files was brought back since and stays: .*restore RUN/;
    const cleaned = await labferry(lab, ["clean", run]);
    assert.equal(cleaned.code, 1, "it came to nothing");
    assert.match(cleaned.stderr, says);
    const looked = await labferry(lab, ["clean", run, "--dry-run"]);
    assert.match(looked.stdout, /^stays +/m);
    assert.match(looked.stdout, says);
    assert.deepEqual(await dataOf(run), ["a.dat"]);
    // As it says: by hand, and it is gone as before.
    await Deno.remove(`${run}/a.dat`);
    assert.equal((await labferry(lab, ["verify", run])).code, 0);
    assert.equal((await labferry(lab, ["clean", run])).code, 0);

    // What a restore of a part met is no comparison: a person reads what makes one.
    await Deno.remove(`${far}/empty.dat`);
    assert.equal((await labferry(lab, ["restore", run, "--only", "empty.dat"])).code, 1);
    const word = ["--accept-missing", "--operator", "Ada", "--reason", "no other copy"];
    const early = await labferry(lab, ["retry", run, ...word]);
    assert.match(early.stderr, /No comparison has told yet.*\n.*`labferry verify RUN`/);
    assert.equal((await labferry(lab, ["verify", run])).code, 1);
    assert.equal((await labferry(lab, ["retry", run, ...word])).code, 0);
  },
);

testWith(
  ["pastCache"],
  "clean says of a run that was let go that it was, and is no failure",
  async () => {
    const { lab, run } = await labWithGoneRun();
    await using _lab = lab;
    for (const more of [[], ["--dry-run"]]) {
      const { code, stdout, stderr } = await labferry(lab, ["clean", run, ...more]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^gone +\S+.*: it was let go before$/m);
      assert.doesNotMatch(stdout, /proven|stays/);
    }
  },
);

testWith(
  ["pastCache"],
  "clean passes over a run that is worked on, and lets the next go",
  async () => {
    const { lab, run } = await labWithGoneRun();
    await using _lab = lab;
    assert.equal((await labferry(lab, ["restore", run])).code, 0);
    assert.equal((await labferry(lab, ["unpin", run])).code, 0);
    const other = await lab.makeRun({ "c.dat": "delta" });
    for (const one of [run, other]) {
      const { code, stderr } = await labferry(lab, ["enqueue", one, "--wait"]);
      assert.equal(code, 0, stderr);
    }
    using lock = tryLockFile(`${run}/.exlab-wizard/transfer.lock`, { mode: "exclusive" });
    assert.ok(lock);
    const { code, stdout } = await labferry(lab, ["clean", run, other]);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^stays .*Another labferry works on this run$/m);
    assert.match(stdout, /^gone .*: 1 file, 5 B/m);
    assert.deepEqual([(await dataOf(run)).length, await dataOf(other)], [FILES_HERE, []]);
  },
);

const FILES_HERE = Object.keys(FILES).length;

testWith(
  ["pastCache"],
  "restore killed again and again comes to the same end, with no half file on the way",
  async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        `d${i % 5}/f${String(i).padStart(2, "0")}.tif`,
        noise(400_000, i + 1),
      ]),
    );
    const transportYaml = "bandwidth: { upload_mbps: 120 }";
    const { lab, run, far } = await labWithGoneRun(files, [], { transportYaml });
    await using _lab = lab;
    const right = new Map<string, string>();
    for (const path of await dataOf(far)) right.set(path, await hashOf(`${far}/${path}`));
    const staged = () => count(`${run}/.exlab-wizard/restore`);
    const named = async () => await count(run) - await count(`${run}/.exlab-wizard`);
    // While files come, each time a little further; then while they get their names.
    const moments = [
      ...[2, 10, 20, 35, 50].map((wanted) => async () => await staged() >= wanted),
      async () => await named() > 0,
      async () => await named() > 30,
    ];
    let kills = 0;
    for (const isTime of moments) {
      const child = startRestore(lab, run);
      let ended = false;
      child.status.then(() => ended = true);
      await until(async () => ended || await isTime(), { everyMs: 1, what: "the moment to come" });
      if (!ended) kills++;
      if (!ended) signalChild(child, "SIGKILL");
      await child.status;
      for (const path of await dataOf(run)) {
        assert.equal(await hashOf(`${run}/${path}`), right.get(path), `${path} after a kill`);
      }
    }
    assert.ok(kills >= 4, `only ${kills} kills`);
    const last = await labferry(lab, ["restore", run, "--json"]);
    assert.equal(last.code, 0, last.stderr);
    await assertSameRun(run, far);
    const { state, pinned } = last.json().job;
    assert.deepEqual([state, pinned], ["queued", true]);
    assert.deepEqual((await filesBelow(run)).filter((path) => path.includes("/restore/")), []);
  },
);

/** Files below a folder that another process fills and empties. */
async function count(dir: string): Promise<number> {
  let found = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(dir)) {
      found += isDirectory ? await count(`${dir}/${name}`) : 1;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

function startRestore(lab: Lab, run: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...PROGRAM,
      "restore",
      run,
      "--config",
      lab.configFile,
      "--state-dir",
      lab.stateDir.path,
    ],
    env: { ...lab.env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function hashOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}
