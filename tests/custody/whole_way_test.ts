/**
 * One run's whole way by clocks that the test turns, through the real service: proven, proven again after
 * the gap, old enough, let go under its certificate, and brought back from the NAS alone over each
 * transport. The settings are the defaults.
 */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { isInterrupted, parseCertificate, parseOutcome } from "../../lib/records/mod.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { noise, sha256 } from "../contract/stage.ts";
import { assertProven, assertSameRun } from "../support/far_proof.ts";
import { HandClock } from "../support/hand_clock.ts";
import { openLab } from "../support/lab.ts";
import { labferry, withoutLab } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { HOUR_MS } from "./facts.ts";
import { dataOf, fromArgs } from "./gone_run.ts";

const FILES = {
  "a.dat": "alpha",
  "big.tif": noise(2_000_000, 11),
  "deep/er/ünlike c #1.dat": "gamma",
  "empty.dat": "",
};

testWith(
  ["pastCache", "rclone", "rsync", "sshd", "sha256sum"],
  "a run is proven twice, grows old, is let go, and comes back over every transport from the NAS alone",
  async () => {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(
      await openLab({ moreYaml: "nas_cleanup: { enabled: true, allow_same_disk: true }" }),
    );
    const { verify, nasCleanup } = lab.config;
    assert.deepEqual([verify.minGapHours, nasCleanup.minVerifyPasses, nasCleanup.minAgeHours], [
      12,
      2,
      24,
    ]);
    assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
    const run = await lab.makeRun(FILES);
    await Deno.mkdir(`${run}/an empty folder`);
    const far = lab.farRun(run);
    {
      // Behind the real time all the way: what lies about for a day by this clock would be swept up.
      const hands = new HandClock(new Date(Date.now() - 60 * HOUR_MS).toISOString());
      const startedMs = hands.monotonicMs();
      await using daemon = await startDaemon({
        config: lab.config,
        stateDir: lab.stateDir,
        clock: hands,
      });
      const { control } = daemon;
      const job = () => control.job(run);
      const open = async () => {
        const { interlocks, may_go: mayGo } = await control.why(run);
        assert.equal(mayGo, false);
        return interlocks.filter(({ stand }) => stand !== "holds").map(({ name }) => name);
      };
      /** Seconds go by until it is so. */
      const reaches = (what: string, isSo: () => Promise<boolean>) =>
        until(() => (hands.turn(1_000), isSo()), { what });
      const hourOf = (hours: number) =>
        hands.turn(startedMs + hours * HOUR_MS - hands.monotonicMs());

      await control.enqueue(run);
      await reaches("the first pass", async () => (await job()).state === "verified");
      hourOf(11);
      assert.deepEqual(await open(), ["passes", "age", "full_pass", "local_files"]);
      assert.equal((await control.clean(run)).outcome, "kept");
      assert.equal((await job()).verify_passes, 1, "no pass before its gap is over");
      // The storage page says when: a day after its first pass, which ended in the first hour.
      const [soon] = (await control.room()).proven;
      const fromHours = (Date.parse(soon!.from!) - startedMs) / HOUR_MS;
      assert.ok(fromHours > 24 && fromHours < 25, `${fromHours} h`);
      assert.match(soon!.waitsFor!, /^1 of 2 complete comparisons made/);
      hourOf(12.5);
      await reaches("the second pass", async () => (await job()).verify_passes === 2);
      hourOf(23);
      assert.deepEqual(await open(), ["age", "full_pass", "local_files"]);
      assert.equal((await control.clean(run)).outcome, "kept");
      assert.equal((await dataOf(run)).length, 4);
      hourOf(25);
      await reaches("the local copy to go", async () => (await job()).state === "cleaned");
      const { proven, went } = await control.room();
      assert.deepEqual([proven.length, went.length], [0, 1]);
      assert.equal(went[0]!.bytes, 2_000_010);
    }
    assert.deepEqual(await dataOf(run), []);
    await assertProven(far);
    const bytes = await Deno.readFile(recordPath(far, RECORD_FILES.certificate));
    const certificate = parseCertificate(bytes, "certificate");
    assert.deepEqual(certificate.interlocks.filter(({ holds }) => !holds), []);
    assert.equal(certificate.interlocks.length, 6);
    const outcome = parseOutcome(await Deno.readFile(recordPath(far, RECORD_FILES.outcome)), "o");
    assert.equal(isInterrupted(bytes, outcome), false);
    assert.equal(outcome.files, 4);

    const sshd = stack.use(await startSshd());
    for (const type of ["mount", "rclone", "rsync_ssh"] satisfies TransportType[]) {
      await using root = await tempDir();
      const args = fromArgs({ lab, run, far }, { type, sshd: type === "rsync_ssh" ? sshd : null });
      const back = await withoutLab([...args, "--to", root.join("back")], {
        home: root.path,
        knownHosts: sshd.knownHostsPath,
      });
      assert.equal(back.code, 0, `${type}: ${back.stderr}`);
      await assertSameRun(root.join("back"), far);
      for (const [path, content] of Object.entries(FILES)) {
        const brought = sha256(await Deno.readFile(root.join("back", path)));
        assert.equal(brought, sha256(content), `${path} over ${type}`);
      }
    }
    // And to its own place, by the queue's list.
    const own = await labferry(lab, ["restore", run]);
    assert.equal(own.code, 0, own.stderr);
    await assertSameRun(run, far);
  },
);
