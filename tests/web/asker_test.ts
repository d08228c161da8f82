/** Who asked, and by which way, stands in the run's timeline beside the name that was typed. */
import assert from "node:assert/strict";
import { hostname, userInfo } from "node:os";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

Deno.test("a change by command line or page tells the account, the host and the way", async () => {
  await using lab = await openLab({});
  await labferry(lab, ["destination", "init"]);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await daemon.control.enqueue(run);
  const pinned = await labferry(lab, ["pin", run]);
  assert.equal(pinned.code, 0, pinned.stderr);
  const { id } = await daemon.control.job(run);
  const token = (await Deno.readTextFile(lab.stateDir.tokenFile)).trim();
  const asked = (path: string, headers: Record<string, string>) =>
    fetch(new URL(`/api/v1/jobs/${id}/${path}`, daemon.url), { method: "POST", headers });
  const odd = await asked("unpin", {
    "Authorization": `Bearer ${token}`,
    "Labferry-Account": encodeURIComponent("müller"),
  });
  await odd.body?.cancel();
  assert.equal(odd.status, 200);
  const session = daemon.sessions.redeem(daemon.sessions.createLink())!;
  const { port } = new URL(daemon.url);
  const page = await asked("pin", {
    "Cookie": `labferry_session_${port}=${session}`,
    "Origin": new URL(daemon.url).origin,
  });
  await page.body?.cancel();
  assert.equal(page.status, 200);
  const told = (await daemon.control.history(run)).filter(({ kind }) => /pinned$/.test(kind));
  const who = told.map(({ kind, detail: { by, host, via } }) => [kind, by, host, via]);
  assert.deepEqual(who, [
    ["pinned", userInfo().username, hostname(), "cli"],
    ["unpinned", "müller", hostname(), "cli"],
    ["pinned", userInfo().username, hostname(), "page"],
  ]);
});
