/** Custody in the service, and what people are told of it: real files, a real daemon, short settings. */
import assert from "node:assert/strict";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import {
  isInterrupted,
  parseCertificate,
  parseOutcome,
  RECORD_FILES,
  recordPath,
} from "../../lib/records/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { assertProven, syncStatus } from "../support/far_proof.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const FILES = { "a.dat": "alpha", "deep/b.dat": "beta" };

/** The NAS is a folder of this disk, and nothing has to grow old. */
function custodyYaml(more = ""): string {
  return [
    "verify: { min_gap_hours: 0 }",
    `nas_cleanup: { enabled: true, min_age_hours: 0, allow_same_disk: true${more} }`,
  ].join("\n");
}

async function markedLab(moreYaml: string): Promise<Lab> {
  const lab = await openLab({ moreYaml });
  const { code, stderr } = await labferry(lab, ["destination", "init"]);
  assert.equal(code, 0, stderr);
  return lab;
}

function dataOf(run: string): Promise<string[]> {
  return filesBelow(run).then((paths) =>
    paths.filter((path) => !path.startsWith(".exlab-wizard/"))
  );
}

async function reaches(daemon: RunningDaemon, run: string, state: string): Promise<void> {
  let now = "";
  await until(async () => (now = (await daemon.control.job(run)).state) === state, {
    what: () => `${run} to be ${state}; it is ${now}`,
  });
}

testWith(
  ["pastCache"],
  "the service proves a run twice, lets its copy go, and goes on proving it",
  async () => {
    await using lab = await markedLab(custodyYaml());
    const run = await lab.makeRun(FILES);
    const far = lab.farRun(run);
    {
      await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
      await daemon.control.enqueue(run);
      await reaches(daemon, run, "cleaned");
      const job = await daemon.control.job(run);
      assert.ok(job.verify_passes >= 2, `${job.verify_passes} passes`);
      assert.deepEqual(await dataOf(run), []);
      await until(async () => await syncStatus(run) === "cleaned", {
        what: "the record to follow",
      });
      assert.equal(await syncStatus(far), "synced");
      await assertProven(far);
      const certificate = await Deno.readFile(recordPath(far, RECORD_FILES.certificate));
      const outcome = parseOutcome(await Deno.readFile(recordPath(far, RECORD_FILES.outcome)), "o");
      assert.equal(isInterrupted(certificate, outcome), false);
      const { report_chain_head: head } = parseCertificate(certificate, "c");
      assert.ok(head === null || head.seq >= 1);
      assert.deepEqual([outcome.files, outcome.bytes], [2, 9]);
      await until(async () => (await daemon.control.job(run)).next_attempt_at !== null, {
        what: "the scrub to be planned",
      });
    }
    const passed = await labferry(lab, ["verify", run]);
    assert.equal(passed.code, 0, passed.stderr);
    await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
    const damaged = await labferry(lab, ["verify", run]);
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /far copy is damaged/);
    const status = await labferry(lab, ["status"]);
    assert.match(status.stdout, /far copy damaged, local copy gone/);
    const why = await labferry(lab, ["why", run]);
    assert.match(why.stdout, /damaged: 1 file \("a.dat"\)\.\nIts local copy was let go/);
    const json = (await labferry(lab, ["status", "--json"])).json();
    assert.deepEqual([json.alarmed, json.counts.cleaned], [1, 1]);
  },
);

testWith(
  ["pastCache"],
  "why and clean say the same of a run: what would go, what keeps it, what went",
  async () => {
    await using lab = await markedLab(custodyYaml(", min_verify_passes: 1"));
    const run = await lab.makeRun(FILES);
    // Without a service nothing goes by itself.
    const enqueued = await labferry(lab, ["enqueue", run, "--wait"]);
    assert.equal(enqueued.code, 0, enqueued.stderr);
    assert.equal((await labferry(lab, ["pin", run])).code, 0);
    const kept = await labferry(lab, ["clean", run]);
    assert.equal(kept.code, 1);
    assert.match(kept.stderr, /a person keeps it/);
    assert.deepEqual((await dataOf(run)).length, 2);
    assert.match((await labferry(lab, ["why", run])).stdout, /✗ a person keeps it/);
    assert.equal((await labferry(lab, ["unpin", run])).code, 0);
    const dry = await labferry(lab, ["clean", "--dry-run"]);
    assert.match(dry.stdout, /would go .*2 files, 9 B/);
    assert.match(dry.stdout, /Nothing was touched/);
    assert.deepEqual((await dataOf(run)).length, 2);
    const went = await labferry(lab, ["clean", run, "--json"]);
    assert.equal(went.code, 0, went.stderr);
    assert.deepEqual([went.json().runs[0].outcome, went.json().bytes], ["cleaned", 9]);
    assert.deepEqual(await dataOf(run), []);
    assert.equal(await syncStatus(run), "cleaned");
    await assertProven(lab.farRun(run));
    const again = await labferry(lab, ["clean", run]);
    assert.equal(again.code, 0, again.stdout);
    assert.match(again.stdout, /^gone .*it was let go before/);
  },
);

Deno.test("where deletion is not enabled nothing goes, by itself or at a word, and why says so", async () => {
  await using lab = await markedLab("verify: { min_gap_hours: 0 }");
  const run = await lab.makeRun(FILES);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await daemon.control.enqueue(run);
  await until(async () => (await daemon.control.job(run)).verify_passes >= 2, {
    what: "two passes",
  });
  const view = await daemon.control.why(run);
  assert.deepEqual([view.enabled, view.may_go, view.deletable_from], [false, false, null]);
  assert.equal((await daemon.control.clean(run)).outcome, "kept");
  assert.equal((await dataOf(run)).length, 2);
});

testWith(
  ["pastCache"],
  "the service killed while it lets copies go comes to the same end",
  async () => {
    await using lab = await markedLab(custodyYaml());
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`f${String(i).padStart(3, "0")}.dat`, `data ${i}`]),
    );
    const runs: string[] = [];
    for (let i = 0; i < 3; i++) runs.push(await lab.makeRun(many));
    {
      await using daemon = await startLabDaemon(lab);
      for (const run of runs) {
        const { code, stderr } = await labferry(lab, ["enqueue", run]);
        assert.equal(code, 0, stderr);
      }
      // Killed as soon as the first file is gone somewhere.
      await until(
        async () => (await Promise.all(runs.map(dataOf))).some((left) => left.length < 300),
        {
          everyMs: 1,
          what: "a deletion to begin",
        },
      );
      await daemon.kill();
    }
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    for (const run of runs) {
      await reaches(daemon, run, "cleaned");
      assert.deepEqual(await dataOf(run), []);
      await assertProven(lab.farRun(run));
      const outcome = await Deno.readFile(recordPath(lab.farRun(run), RECORD_FILES.outcome));
      assert.equal(parseOutcome(outcome, "o").files, 300);
    }
  },
);

testWith(
  ["pastCache"],
  "a run whose copy was let go is proven again when the queue was lost, and damage is found then",
  async () => {
    await using lab = await markedLab(custodyYaml());
    const run = await lab.makeRun(FILES);
    const far = lab.farRun(run);
    const { config, stateDir } = lab;
    {
      await using daemon = await startDaemon({ config, stateDir });
      await daemon.control.enqueue(run);
      await reaches(daemon, run, "cleaned");
      await until(async () => await syncStatus(run) === "cleaned", {
        what: "the record to follow",
      });
    }
    Queue.setAside(stateDir.queueFile);
    {
      await using daemon = await startDaemon({ config, stateDir });
      await until(async () => (await daemon.control.job(run)).verify_passes > 0, {
        what: "a pass over what only the records knew",
      });
      const { state, files, bytes, alarm } = await daemon.control.job(run);
      assert.deepEqual([state, files, bytes, alarm], ["cleaned", 2, 9, null]);
      assert.equal((await daemon.control.status()).not_proven, 0);
    }
    Queue.setAside(stateDir.queueFile);
    await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
    await using daemon = await startDaemon({ config, stateDir });
    await until(async () => (await daemon.control.status()).alarmed === 1, { what: "the alarm" });
    assert.deepEqual((await daemon.control.job(run)).verification?.mismatched, ["a.dat"]);
  },
);

testWith(
  ["faketime"],
  "a wall clock that jumps ten years ahead lets nothing go: time has to be lived through",
  async () => {
    await using lab = await markedLab(
      "verify: { min_gap_hours: 1 }\nnas_cleanup: { enabled: true, allow_same_disk: true }",
    );
    const run = await lab.makeRun(FILES);
    const clock = lab.join("clock");
    await Deno.writeTextFile(clock, "+0");
    await using _daemon = await startLabDaemon(lab, {
      env: {
        LD_PRELOAD: await fakeTime(),
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    });
    assert.equal((await labferry(lab, ["enqueue", run])).code, 0);
    const job = async () => (await labferry(lab, ["status", run, "--json"])).json();
    await until(async () => (await job()).state === "verified", {
      everyMs: 200,
      what: "the proof",
    });
    await Deno.writeTextFile(clock, "+3650d");
    // The service has seen the new time, and looked at every run with it.
    for (const command of ["pin", "unpin"]) {
      assert.equal((await labferry(lab, [command, run])).code, 0);
    }
    assert.equal((await labferry(lab, ["verify", run])).code, 0);
    const years = new Date().getFullYear() + 9;
    assert.ok(new Date((await job()).verification.at).getFullYear() >= years);
    const kept = await labferry(lab, ["clean", run]);
    assert.equal(kept.code, 1, kept.stdout);
    const why = await labferry(lab, ["why", run]);
    assert.match(why.stdout, /it has to be proven for 24 h; labferry has watched for 0 h since/);
    assert.match(why.stdout, /1 of 2 complete comparisons made/);
    assert.equal((await dataOf(run)).length, 2);
  },
);

/** The library behind the program `faketime`, wherever this system keeps it. */
async function fakeTime(): Promise<string> {
  const { stdout } = await new Deno.Command("faketime", {
    args: ["-f", "+0", "printenv", "LD_PRELOAD"],
  })
    .output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("with verify.repair a damaged far file is sent again by itself, and the damaged bytes are kept", async () => {
  await using lab = await markedLab(
    "verify: { min_gap_hours: 0, repair: true, scrub_days: 0.00001 }",
  );
  const run = await lab.makeRun(FILES);
  const far = lab.farRun(run);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await daemon.control.enqueue(run);
  await until(async () => (await daemon.control.job(run)).verify_passes >= 2, {
    what: "two passes",
  });
  await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
  await until(async () => {
    const history = await daemon.control.history(run);
    const damaged = history.findIndex(({ kind }) => kind === "failed");
    return damaged >= 0 && history.slice(damaged).some(({ kind }) => kind === "verified");
  }, { what: "the damage to be found and mended" });
  assert.equal(await Deno.readTextFile(`${far}/a.dat`), "alpha");
  await assertProven(far);
  const aside = await filesBelow(`${lab.farBase("PLATE_01")}/.labferry-superseded`);
  const damaged = aside.filter((path) => path.endsWith("/a.dat"));
  assert.equal(damaged.length, 1, aside.join("\n"));
});
