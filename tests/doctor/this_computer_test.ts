/** What `labferry doctor` says of the computer itself, each check when it is well and when it is not. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../lib/base/mod.ts";
import { currentKey } from "../../lib/evidence/mod.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { PERMISSIONS } from "../../scripts/permissions.ts";
import { lookedAt, verdicts } from "./looked_at.ts";
import { PROGRAM } from "../support/program.ts";

Deno.test("labferry doctor changes nothing here, and says so in lines for people", async () => {
  await using lab = await openLab();
  const before = await filesBelow(lab.path);
  const { code, stdout } = await labferry(lab, ["doctor"]);
  assert.equal(code, 0, stdout);
  assert.deepEqual(await filesBelow(lab.path), before);
  assert.match(stdout, /^ok {6}locks \/.*: file locks keep a second program out$/m);
  assert.match(
    stdout,
    /^WARNING destination PLATE_01: .*\[destination_unmarked\]\n {8}hint: labferry destination init/m,
  );
  assert.match(stdout, /^0 faults, \d warnings?$/m);
});

Deno.test("labferry doctor makes no state directory", async () => {
  await using lab = await openLab();
  const stateDir = { ...lab.stateDir, path: lab.join("not", "yet") };
  const seen = await lookedAt({ ...lab, stateDir });
  assert.deepEqual(seen.of("permissions", stateDir.path), ["ok"]);
  await assert.rejects(() => Deno.stat(lab.join("not")), Deno.errors.NotFound);
});

Deno.test("labferry doctor: a configuration with faults is one, and the rest is looked at", async () => {
  await using lab = await openLab();
  assert.deepEqual((await lookedAt(lab)).of("configuration"), ["ok"]);
  await Deno.writeTextFile(lab.configFile, "equipment: [\n");
  const seen = await lookedAt(lab);
  assert.equal(seen.code, 1);
  assert.deepEqual(seen.of("configuration"), ["fault config_invalid"]);
  assert.deepEqual(seen.of("open files"), ["ok"]);
  assert.deepEqual(seen.of("destination"), []);
});

Deno.test("labferry doctor: another labferry looks after the runs", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  await lab.makeRun({ "a.dat": "alpha" });
  const other = { ...lab, stateDir: { ...lab.stateDir, path: lab.join("other") } };
  const check = "other labferry";
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await daemon.control.enqueue(await lab.makeRun({ "b.dat": "beta" }));
  }
  assert.deepEqual((await lookedAt(lab)).of(check, "PLATE_01"), ["ok"]);
  const before = await filesBelow(lab.path);
  const seen = await lookedAt(other);
  assert.deepEqual(seen.of(check, "PLATE_01"), ["fault tree_served"]);
  assert.equal(seen.code, 1);
  assert.deepEqual(await filesBelow(lab.path), before, "no state, and the claim as it was");

  await Deno.mkdir(other.stateDir.path);
  await Deno.writeTextFile(`${other.stateDir.path}/installation.json`, "torn");
  assert.deepEqual((await lookedAt(other)).of(check), ["fault tree_served"]);
  assert.equal(await Deno.readTextFile(`${other.stateDir.path}/installation.json`), "torn");
});

Deno.test("labferry doctor: a signing key that cannot be read keeps everything from being signed", async () => {
  await using lab = await openLab();
  assert.deepEqual((await lookedAt(lab)).of("signing keys"), ["ok"]);
  const { path: stateDir } = lab.stateDir;
  const { fingerprint } = await currentKey({ stateDir, host: "pc", clock: systemClock });
  assert.deepEqual((await lookedAt(lab)).of("signing keys"), ["ok"]);
  const file = `${stateDir}/signing_keys/${fingerprint}.json`;
  await Deno.writeTextFile(file, "not a key");
  const { code, stdout } = await labferry(lab, ["doctor"]);
  assert.equal(code, 1);
  assert.ok(stdout.includes(`The signing key ${file} cannot be read`), stdout);
  assert.match(stdout, /hint: move the file away/);
});

testWith(
  ["linux"],
  "labferry doctor: who may change the configuration and read the token",
  async () => {
    await using lab = await openLab();
    const token = `${lab.stateDir.path}/token`;
    await Deno.writeTextFile(token, "x".repeat(40), { mode: 0o600 });
    const well = await lookedAt(lab);
    assert.deepEqual(new Set(well.of("permissions")), new Set(["ok"]));
    await Deno.chmod(lab.configFile, 0o666);
    await Deno.chmod(token, 0o644);
    const seen = await lookedAt(lab);
    assert.deepEqual(seen.of("permissions", lab.configFile), ["fault config_exposed"]);
    assert.deepEqual(seen.of("permissions", token), ["fault config_exposed"]);
    await Deno.remove(lab.dataRoot, { recursive: true });
    assert.deepEqual((await lookedAt(lab)).of("permissions", lab.dataRoot), ["warning not_found"]);
  },
);

testWith(["fuse"], "labferry doctor: a root that refuses files, locks or replacing", async () => {
  await using share = await oddShare();
  await Deno.mkdir(share.join("data"));
  await using lab = await openLab({ dataRoot: share.join("data") });
  const root = lab.dataRoot;
  const well = await lookedAt(lab);
  for (const check of ["permissions", "locks", "replacing"]) {
    assert.deepEqual(well.of(check, root), ["ok"], check);
  }
  await share.set({ noLocks: "ENOLCK" });
  assert.deepEqual((await lookedAt(lab)).of("locks", root), ["fault no_locks"]);
  await share.set({ fails: [{ operation: "rename", nth: 3, errno: "EBUSY" }] });
  assert.deepEqual((await lookedAt(lab)).of("replacing", root), ["warning file_in_use"]);
  await share.set({ fails: [{ operation: "create", nth: 1, errno: "EACCES", onwards: true }] });
  assert.deepEqual((await lookedAt(lab)).of("permissions", root), ["fault permission_denied"]);
  await share.set({});
  assert.deepEqual([...Deno.readDirSync(share.diskPath)].map(({ name }) => name), ["data"]);
  assert.deepEqual([...Deno.readDirSync(share.join("data"))], []);
});

Deno.test("labferry doctor: a clock that is behind what labferry has written", async () => {
  await using lab = await openLab();
  await Deno.writeTextFile(lab.stateDir.logFile, "");
  assert.ok(!(await lookedAt(lab)).of("clock").includes("fault clock_wrong"));
  const later = new Date(Date.now() + 24 * 3600_000);
  await Deno.utime(lab.stateDir.logFile, later, later);
  assert.deepEqual((await lookedAt(lab)).of("clock"), ["fault clock_wrong"]);
});

testWith(["tmpfs"], "labferry doctor: a state directory with no room left", async () => {
  await using disk = await smallDisk(1024);
  await using lab = await openLab({ stateDir: disk.join("state") });
  const seen = await lookedAt(lab);
  assert.deepEqual(seen.of("disk", disk.join("state")), ["fault disk_full"]);
  assert.notDeepEqual(seen.of("disk", lab.dataRoot), ["fault disk_full"]);
});

testWith(["linux"], "labferry doctor: too few open files", async () => {
  await using lab = await openLab();
  assert.deepEqual((await lookedAt(lab)).of("open files"), ["ok"]);
  for (const [most, verdict] of [[200, "fault"], [700, "warning"]] as const) {
    const script = `ulimit -Sn ${most} && ulimit -Hn ${most} && exec "$@"`;
    const lines = await doctorIn(lab, ["sh", "-c", script, "sh"]);
    assert.deepEqual(verdicts(lines, { check: "open files" }), [`${verdict} descriptors_few`]);
  }
});

testWith(["linux", "unshare"], "labferry doctor: too few folders may be watched", async () => {
  await using lab = await openLab();
  for (const name of ["a", "b", "c", "d"]) await lab.makeRun({ [`${name}/x.dat`]: "x" });
  assert.deepEqual((await lookedAt(lab)).of("file events"), ["ok"]);
  const script = 'echo 5 > /proc/sys/user/max_inotify_watches && exec "$@"';
  const lines = await doctorIn(lab, ["unshare", "-Ur", "sh", "-c", script, "sh"]);
  assert.deepEqual(verdicts(lines, { check: "file events" }), ["warning watches_few"]);
});

Deno.test("labferry doctor: ExLab-Wizard sends the same runs, or does not", async () => {
  await using lab = await openLab();
  await using other = await tempDir();
  const own = await Deno.readTextFile(lab.configFile);
  const theirs = await other.write("config.yaml", own);
  const about = ["--exlab-wizard", theirs];
  assert.deepEqual((await lookedAt(lab, about)).of("ExLab-Wizard"), ["fault two_senders"]);
  await Deno.writeTextFile(theirs, own.replace("sync: {", "sync: { enabled: false,"));
  assert.deepEqual((await lookedAt(lab, about)).of("ExLab-Wizard"), ["ok"]);
  // It sends nothing, and would delete what nobody has proven.
  const cleaning = `${
    own.replace("sync: {", "sync: { enabled: false,")
  }\nnas_cleanup: { enabled: true }`;
  await Deno.writeTextFile(theirs, cleaning);
  const seen = await lookedAt(lab, about);
  assert.deepEqual(seen.of("ExLab-Wizard"), ["fault two_senders"]);
  const said = seen.lines.filter(({ check }) => check === "ExLab-Wizard");
  assert.match(said[0]!.message, /deletes local copies of PLATE_01 without labferry's proof$/);
  await Deno.writeTextFile(theirs, own.replace(lab.dataRoot, other.path));
  assert.deepEqual((await lookedAt(lab, about)).of("ExLab-Wizard"), ["ok"]);
  await Deno.writeTextFile(theirs, "{");
  assert.deepEqual((await lookedAt(lab, about)).of("ExLab-Wizard"), ["warning two_senders"]);
});

testWith(
  ["linux"],
  "labferry doctor sees as much with the executable's narrow rights",
  async () => {
    await using lab = await openLab();
    assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const where = ["--config", lab.configFile, "--state-dir", lab.stateDir.path];
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...PERMISSIONS, main, "doctor", "--json", ...where],
      env: { ...lab.env },
      clearEnv: true,
      stdin: "null",
    }).output();
    const { lines } = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(lines.filter(({ level }: { level: string }) => level === "fault"), []);
    const said = (await lookedAt(lab)).lines;
    const key = ({ check, about, level }: (typeof said)[number]) => [check, about, level];
    assert.deepEqual(lines.map(key), said.map(key));
  },
);

/** The doctor started by another program, which sets its surroundings. */
async function doctorIn(lab: Awaited<ReturnType<typeof openLab>>, before: readonly string[]) {
  const where = ["--config", lab.configFile, "--state-dir", lab.stateDir.path];
  const [command, ...args] = [...before, Deno.execPath(), ...PROGRAM];
  const { stdout, stderr } = await new Deno.Command(command!, {
    args: [...args, "doctor", "--json", ...where],
    env: { ...lab.env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return JSON.parse(text).lines;
}

async function filesBelow(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    found.push(name);
    if (isDirectory) {
      found.push(...(await filesBelow(`${root}/${name}`)).map((below) => `${name}/${below}`));
    }
  }
  return found.sort();
}

Deno.test("labferry doctor: how much the scrub reads a day, and when its share is too small", async () => {
  const settings = (share: string) => `verify: { scrub_days: 10${share} }`;
  await using lab = await openLab({ moreYaml: settings("") });
  assert.deepEqual((await lookedAt(lab)).of("scrub"), [], "nothing is proven yet, nor is a queue");
  const fileBytes = 3 * 1024 ** 4;
  {
    using queue = Queue.open(lab.stateDir.queueFile);
    const at = "2026-04-17T14:32:00.000Z";
    const cleaned = { deletionStartedAt: at, scrubDueAt: at };
    queue.jobs.enqueue({
      runPath: "/data/gone",
      equipmentId: "PLATE_01",
      destination: "/nas",
      farDir: "gone",
      cleaned,
    });
  }
  // As a list of that size leaves it; three tebibytes are not written here.
  using database = new DatabaseSync(lab.stateDir.queueFile);
  database.exec(`UPDATE jobs SET bytes = ${fileBytes}`);
  const well = await lookedAt(lab);
  assert.deepEqual(well.of("scrub"), ["ok"]);
  assert.match(well.lines.find(({ check }) => check === "scrub")!.message, /once in 10 days/);
  const yaml = await Deno.readTextFile(lab.configFile);
  await Deno.writeTextFile(
    lab.configFile,
    yaml.replace(settings(""), settings(", scrub_max_gib_per_day: 100")),
  );
  const slow = await lookedAt(lab);
  assert.deepEqual(slow.of("scrub"), ["warning scrub_too_slow"]);
  assert.match(slow.lines.find(({ check }) => check === "scrub")!.message, /takes 31 days/);
});
