/** Who a state directory says labferry is, and what becomes of its small files when they are torn. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openStateDir, readInstallation, startDaemon } from "../../lib/daemon/mod.ts";
import { factsChanged, hostFacts } from "../../lib/daemon/host_facts.ts";
import { keepInstallation, newIdentity, refuseMoved } from "../../lib/daemon/installation.ts";
import { renewNonce } from "../../lib/daemon/installation.ts";
import { ensureToken } from "../../lib/daemon/state_dir.ts";
import { LabferryError } from "../../lib/base/mod.ts";
import { markDestination } from "../../lib/cli/destination.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { until } from "../support/until.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("readInstallation makes one id, whoever asks first", async () => {
  await using dir = await tempDir();
  const asked = await Promise.all(Array.from({ length: 8 }, () => readInstallation(dir)));
  assert.equal(new Set(asked.map(({ id, nonce }) => `${id} ${nonce}`)).size, 1);
  const file = JSON.parse(await Deno.readTextFile(dir.join("installation.json")));
  assert.equal(file.id, asked[0]!.id);
  assert.equal(file.host.name, (await hostFacts()).hostName);
  assert.deepEqual(asked[0]!.host, await hostFacts());
});

for (const [what, content] of Object.entries({ empty: "", torn: '{"id": "7c', foreign: "[1]" })) {
  Deno.test(`readInstallation makes an ${what} file anew and keeps what was there`, async () => {
    await using dir = await tempDir();
    await dir.write("installation.json", content);
    const { id, replaced } = await readInstallation(dir);
    assert.equal(replaced?.path, dir.join("installation.json"));
    if (content === "") assert.equal(replaced?.setAside, null);
    else assert.equal(await Deno.readTextFile(replaced!.setAside!), content);
    const again = await readInstallation(dir);
    assert.deepEqual([again.id, again.replaced], [id, null]);
  });
}

Deno.test("readInstallation waits for another maker in real time, whatever its clock says", async () => {
  await using dir = await tempDir();
  const stateDir = await openStateDir(dir.join("state"));
  const clock = new HandClock();
  const asked = Array.from({ length: 8 }, () => readInstallation(stateDir, clock));
  const ids = (await Promise.all(asked)).map(({ id }) => id);
  assert.equal(new Set(ids).size, 1);
});

Deno.test("a service that refuses a newer labferry's queue leaves the small files beside it too", async () => {
  await using lab = await openLab({ equipment: { PLATE_01: "mount" } });
  {
    await using _first = await startDaemon(lab);
  }
  {
    using queue = new DatabaseSync(lab.stateDir.queueFile);
    queue.exec("PRAGMA user_version = 999");
  }
  const path = `${lab.stateDir.path}/installation.json`;
  const asItWas = await Deno.readTextFile(path);
  // What this labferry does not know would be lost when it writes the file.
  await Deno.writeTextFile(path, asItWas.replace("{", '{ "of_a_newer_one": 1,'));
  const before = await Deno.readTextFile(path);
  await assert.rejects(
    startDaemon(lab),
    (error) => error instanceof LabferryError && error.code === "queue_newer",
  );
  assert.equal(await Deno.readTextFile(path), before);
});

Deno.test("factsChanged counts what is another one, not what is unknown", () => {
  const host = { hostName: "flow", machineId: "a1", networkAddresses: ["m1", "m2"] };
  const changed = (now: Partial<typeof host>) => factsChanged(host, { ...host, ...now });
  assert.equal(changed({}), 0);
  assert.equal(changed({ networkAddresses: ["m2", "m3"] }), 0);
  assert.equal(changed({ networkAddresses: [] }), 0);
  assert.equal(changed({ hostName: "flow2" }), 1);
  assert.equal(changed({ hostName: "flow2", networkAddresses: ["m3"] }), 2);
  assert.equal(factsChanged(host, { ...host, hostName: "x", machineId: null }), 1);
  assert.equal(factsChanged(host, { hostName: "x", machineId: "b", networkAddresses: ["y"] }), 3);
});

Deno.test("an installation on another host is refused until a person says which it is", async () => {
  await using dir = await tempDir();
  const first = await readInstallation(dir);
  await asOnAnotherHost(dir.join("installation.json"));
  const refused = async () => {
    const moved = (error: unknown) =>
      error instanceof LabferryError && error.code === "installation_moved" &&
      /installation keep/.test(error.hint ?? "");
    await assert.rejects(refuseMoved(dir), moved);
  };
  await refused();
  // A service's start renews the nonce, and does not quietly become the other host's.
  assert.notEqual((await renewNonce(dir)).nonce, first.nonce);
  await refused();
  assert.equal((await keepInstallation(dir)).id, first.id);
  await refuseMoved(dir);

  await asOnAnotherHost(dir.join("installation.json"));
  const other = await newIdentity(dir);
  assert.notEqual(other.id, first.id);
  await refuseMoved(dir);
});

Deno.test("on a computer it does not know the service sends nothing until a person decides", async () => {
  await using lab = await openLab();
  const { config, stateDir } = lab;
  const known = new KnownDestinations(stateDir.path);
  const signal = new AbortController().signal;
  for (const one of config.equipment) await markDestination(one, { stateDir, known, signal });
  await readInstallation(stateDir);
  await asOnAnotherHost(`${stateDir.path}/installation.json`);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await using daemon = await startDaemon({ config, stateDir });
  await daemon.control.enqueue(run);
  const destination = async () => (await daemon.control.status()).destinations[0]!;
  await until(async () => (await destination()).state === "down", { what: "the hold" });
  assert.match((await destination()).reason ?? "", /set up on another computer/);
  const held = await daemon.control.job(run);
  assert.deepEqual([held.state, held.hold, held.attempts], ["queued", "destination", 0]);
  await assert.rejects(Deno.stat(lab.farRun(run)), Deno.errors.NotFound);
  const shipped = await labferry(lab, ["ship", run, "--to", lab.join("elsewhere"), "--json"]);
  assert.deepEqual([shipped.code, shipped.json().error.code], [1, "installation_moved"]);
  const { code } = await labferry(lab, ["installation", "show"]);
  assert.equal(code, 1);

  assert.equal((await labferry(lab, ["installation", "keep"])).code, 0);
  await daemon.control.retryAll();
  await until(async () => (await daemon.control.job(run)).state === "verified", {
    what: "the run",
  });
  assert.equal((await labferry(lab, ["installation", "show"])).code, 0);
});

Deno.test("renewNonce takes one small change over, so that two of different years are not one", async () => {
  await using dir = await tempDir();
  await readInstallation(dir);
  const path = dir.join("installation.json");
  await edited(path, (host) => host.name = "an-older-name");
  assert.equal((await renewNonce(dir)).host.hostName, (await hostFacts()).hostName);
});

for (const content of ["", "\n", "not an id"]) {
  Deno.test(`a state_id and a token that hold ${JSON.stringify(content)} are made anew`, async () => {
    await using dir = await tempDir();
    await dir.write("state_id", content);
    await dir.write("token", content);
    const stateDir = await openStateDir(dir.path);
    assert.match(stateDir.tokenPrefix, /^[0-9a-f]{24}$/);
    assert.equal(stateDir.replaced?.path, dir.join("state_id"));
    const token = await ensureToken(stateDir);
    assert.match(token.text, /^[\w-]{43}\n$/);
    assert.equal(token.replaced?.path, dir.join("token"));
    const again = await openStateDir(dir.path);
    assert.deepEqual([again.tokenPrefix, again.replaced], [stateDir.tokenPrefix, null]);
    assert.deepEqual(await ensureToken(stateDir), { text: token.text, replaced: null });
  });
}

interface HostBlock {
  name: string;
  machine_id: string | null;
  network_addresses: string[];
}

/** What a disk image has in its file once it was started elsewhere. */
async function asOnAnotherHost(path: string): Promise<void> {
  await edited(path, (host) => {
    host.name = "the-first-pc";
    host.machine_id = "0".repeat(32);
    host.network_addresses = ["00:1b:21:00:00:01"];
  });
}

async function edited(path: string, edit: (host: HostBlock) => void): Promise<void> {
  const file = JSON.parse(await Deno.readTextFile(path));
  edit(file.host);
  await Deno.writeTextFile(path, JSON.stringify(file));
}
