/** A loss is accepted by a named person for one run, and never by trying again. */
import assert from "node:assert/strict";
import { openLab, writeFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { openHouse, OUR_HOST } from "../web/house.ts";
import { fakeControl, jobOf } from "../web/fake_control.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };
const CONSENT = ["--accept-missing", "--operator", "Ada", "--reason", "the disk ate it"];

Deno.test("labferry refuses --accept-missing without a name and a reason, and for --all", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("scan"), FILES);
  const ship = ["ship", lab.join("scan"), "--to", lab.join("b")];
  const wrong = [
    ["retry", "RUN", "--accept-missing"],
    ["retry", "RUN", "--accept-missing", "--operator", "Ada"],
    ["retry", "RUN", "--accept-missing", "--operator", " ", "--reason", "r"],
    ["retry", "RUN", "--reason", "r"],
    ["retry", "--all", ...CONSENT],
    [...ship, "--accept-missing"],
    [...ship, "--operator", "Ada"],
  ];
  for (const args of wrong) {
    const { code, stderr } = await labferry(lab, args);
    assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
    assert.match(stderr, /hint: /);
  }
});

Deno.test("labferry retry --all names a run that lost a file and exits 1; retry RUN --accept-missing lets it go", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const run = await lab.makeRun(FILES);
  const marker = `${lab.farBase("PLATE_01")}/.labferry-destination.json`;
  await Deno.rename(marker, `${marker}.away`);
  // Sealed while its destination is away; then a file is lost.
  assert.equal((await labferry(lab, ["enqueue", run, "--wait"])).code, 4);
  await Deno.remove(`${run}/b.dat`);
  await Deno.rename(`${marker}.away`, marker);
  const held = (await labferry(lab, ["status", run, "--json"])).json();
  assert.equal(held.hold, "destination");
  // Asked by name, it is not told to wait for the next probe: the destination is asked now.
  const asked = (await labferry(lab, ["retry", run, "--json"])).json();
  assert.deepEqual([asked.hold, asked.last_error], [null, null]);
  const lost = await labferry(lab, ["enqueue", run, "--wait", "--json"]);
  assert.equal(lost.json().error?.code, "source_vanished", lost.stdout);

  for (const round of [1, 2]) {
    const all = await labferry(lab, ["retry", "--all"]);
    assert.equal(all.code, 1, `round ${round}`);
    assert.match(all.stdout, /^0 runs are tried again\.$/m);
    assert.ok(all.stdout.includes(run) && all.stdout.includes("b.dat"), all.stdout);
  }
  const json = (await labferry(lab, ["retry", "--all", "--json"])).json();
  assert.deepEqual([json.jobs.length, json.skipped[0].run_path], [0, run]);

  assert.equal((await labferry(lab, ["retry", run, ...CONSENT])).code, 0);
  const waited = await labferry(lab, ["enqueue", run, "--wait", "--json"]);
  assert.equal(waited.code, 0, waited.stdout);
  const { left_out } = waited.json().verification.account;
  assert.deepEqual([left_out.names, left_out.operator], [["b.dat"], "Ada"]);
  const { stdout } = await labferry(lab, ["status", run]);
  assert.match(stdout, /b\.dat.*Ada.*the disk ate it/s);
  const timeline = (await labferry(lab, ["history", run])).stdout;
  assert.match(timeline, /failed.*missing 1 \("b\.dat"\)/);
  assert.match(timeline, /lets the run go without lost files.*the disk ate it.*Ada.*"b\.dat"/);
  assert.ok(!timeline.includes("[object"), timeline);
  const again = await labferry(lab, ["retry", run, ...CONSENT, "--json"]);
  assert.equal(again.json().error.code, "nothing_to_accept");
});

Deno.test("labferry ship fails again for a lost file until it is accepted, and the receipt names it", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("scan"), FILES);
  const to = lab.join("b");
  const ship = ["ship", lab.join("scan"), "--to", to];
  assert.equal((await labferry(lab, [...ship, "--init-destination"])).code, 0);
  // Sealed with a new file that cannot go, because the destination is away; then that file is lost.
  await writeFiles(lab.join("scan"), { "c.dat": "gamma" });
  await Deno.rename(`${to}/.labferry-destination.json`, lab.join("mark"));
  assert.equal((await labferry(lab, ship)).code, 4);
  await Deno.remove(lab.join("scan/c.dat"));
  await Deno.rename(lab.join("mark"), `${to}/.labferry-destination.json`);
  for (const round of [1, 2]) {
    const { code, stderr } = await labferry(lab, ship);
    assert.equal(code, 1, `round ${round}: ${stderr}`);
    assert.match(stderr, /c\.dat.*hint: .*--accept-missing/s);
  }
  const accepted = await labferry(lab, [...ship, ...CONSENT]);
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(accepted.stdout, /1 file.*c\.dat.*Ada.*the disk ate it/s);
});

const ID = "0b7f7c2e-0000-4000-8000-00000000000f";

Deno.test("POST /api/v1/jobs/:id/retry takes accept_missing whole or not at all", async () => {
  const control = fakeControl([jobOf({ id: ID, state: "failed" })]);
  const { askWithToken } = openHouse(control);
  const post = (body: unknown) =>
    askWithToken(`/api/v1/jobs/${ID}/retry`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: `http://${OUR_HOST}` },
      body: JSON.stringify(body),
    });
  for (
    const body of [
      { accept_missing: {} },
      { accept_missing: { operator: "Ada", reason: "  " } },
      { accept_missing: { operator: "Ada" } },
      { accept_missing: true },
      { acceptmissing: { operator: "Ada", reason: "r" } },
    ]
  ) {
    assert.equal((await post(body)).status, 400, JSON.stringify(body));
  }
  assert.deepEqual(control.changes, []);
  assert.equal((await post({ accept_missing: { operator: "Ada", reason: "r" } })).status, 200);
  assert.equal((await post({})).status, 200);
  assert.deepEqual(control.changes, [`retry ${ID} without what Ada gave up`, `retry ${ID}`]);
});
