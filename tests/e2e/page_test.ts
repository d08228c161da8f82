/** The page in a real browser, on a real service in this process, and on made-up answers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../lib/base/mod.ts";
import { markDestination } from "../../lib/cli/destination.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { createApp, listen, NewsHub, Sessions } from "../../lib/web/mod.ts";
import { startChromium } from "../support/chromium.ts";
import { openLab } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { fakeControl, jobOf } from "../web/fake_control.ts";
import { fakeGate, findingOf, overrideOf } from "../web/fake_gate.ts";

testWith(["chromium"], "the page shows why a run failed, and Retry mends it", async () => {
  await using lab = await openLab();
  const { config, stateDir } = lab;
  const known = new KnownDestinations(stateDir.path);
  for (const equipment of config.equipment) {
    await markDestination(equipment, { stateDir, known, signal: new AbortController().signal });
  }
  await using daemon = await startDaemon({ config, stateDir });
  await using browser = await startChromium();
  await using page = await browser.open(daemon.url);
  await page.until("document.querySelector('#answer-text').textContent === 'No runs yet'");

  const name = "<img src=x onerror=alert(1)>.csv";
  const runPath = await lab.makeRun({ [name]: "ours\n" });
  const farRun = lab.farRun(runPath);
  await Deno.mkdir(farRun, { recursive: true });
  await Deno.writeTextFile(join(farRun, name), "somebody else's\n");
  await daemon.control.enqueue(runPath);
  await page.until("answer.dataset.tone === 'bad'");
  const text = await page.evaluate<string>("document.querySelector('.run').innerText");
  assert.match(text, /needs attention/);
  assert.match(text, /already holds other data/);
  assert.ok(text.includes(name), text);
  assert.match(text, /move the one over there away/);
  assert.equal(await page.evaluate("document.querySelectorAll('img').length"), 0);

  await Deno.rename(farRun, `${farRun}-aside`);
  await page.goto(new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href);
  await page.until(
    "document.querySelector('.run-buttons button:not(.quiet-button):not([hidden])')",
  );
  await page.click(".run-buttons button:not(.quiet-button)");
  await page.until("answer.dataset.tone === 'safe'");
  assert.match(
    await page.evaluate("document.querySelector('.run').innerText"),
    /1 of 1 file read back and compared/,
  );
  assert.deepEqual(page.complaints, []);
});

testWith(["chromium"], "the page takes names as text, and many runs at 400 px", async () => {
  const hostile = "<img src=x onerror=\"document.title='owned'\"> {{7*7}} \u202egpj.exe " +
    "long".repeat(60);
  const jobs = Array.from({ length: 200 }, (_, i) =>
    jobOf({
      id: `job-${i}`,
      far_path: `<script>document.title='owned'</script>/Runs/${hostile} ${i}`,
      run_path: `/data/${hostile}/${i}`,
      ...(i % 3 === 0
        ? { state: "failed", last_error: { code: "unknown", message: hostile } }
        : {}),
      ...(i % 3 === 1
        ? { state: "queued", hold: "gate", hold_reason: hostile, verify_passes: 0 }
        : {}),
    }));
  const control = fakeControl(jobs);
  control.statusNow = {
    jobs_total: 12_345,
    destinations: [{
      name: hostile,
      address: hostile,
      state: "down",
      code: "unreachable",
      reason: hostile,
      hint: hostile,
      next_probe_at: null,
    }],
  };
  const held = jobs.filter(({ hold }) => hold === "gate").map(({ run_path }) => run_path);
  const gate = fakeGate(held.map((run_path) =>
    findingOf({
      run_path,
      offending_path: `${run_path}/${hostile}`,
      matched_token: hostile,
      rule_detail: hostile,
    })
  ));
  gate.view = {
    ...gate.view,
    problems: [{ path: held[0]!, code: "unreadable", message: hostile }],
  };
  gate.overridesNow = [
    overrideOf({ problem_class: hostile, operator: hostile, reason: hostile }),
    overrideOf({ state: "unusable", problem_class: null, operator: hostile }),
  ];
  const closing = new AbortController();
  const news = new NewsHub();
  const sessions = new Sessions(systemClock);
  const listener = await listen({
    hostname: "127.0.0.1",
    port: 0,
    app: (port) =>
      createApp({
        control,
        news,
        sessions,
        port,
        token: "t",
        version: "1.2.3",
        signal: closing.signal,
        gate,
      }),
  });
  try {
    await using browser = await startChromium();
    const narrow = { width: 400, height: 800 };
    await using page = await browser.open(listener.url, narrow);
    await page.until("document.querySelectorAll('.run').length === 200");
    await page.until(`document.querySelectorAll('.passes li').length === ${2 * held.length}`);
    await page.until(`document.querySelectorAll('.faults .name-of').length > ${held.length}`);
    await page.evaluate(
      "for (const one of document.querySelectorAll('details')) one.open = true",
    );
    assert.equal(await page.evaluate("document.querySelectorAll('img, main script').length"), 0);
    assert.match(await page.evaluate("document.title"), /^67 runs need attention/);
    assert.ok((await page.evaluate<string>("document.body.textContent")).includes(hostile));
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 400);
    assert.match(await page.evaluate("more.textContent"), /12,145 runs more/);
    news.publish("progress", {
      job_id: "job-2",
      phase: "sending",
      bytes_done: 1,
      bytes_total: 2,
      files_done: 0,
      files_total: 1,
      bytes_per_second: null,
      eta_seconds: null,
      current_path: hostile,
    });
    control.jobsNow = [
      jobOf({ id: "job-2", state: "running", verify_passes: 0, verification: null }),
    ];
    control.statusNow = {};
    news.publish("job", {});
    await page.until("document.querySelectorAll('.run').length === 1");
    await page.until("document.querySelector('.run progress:not([hidden])')");
    assert.deepEqual(page.complaints, []);
  } finally {
    closing.abort();
    await listener.stop();
  }
});
