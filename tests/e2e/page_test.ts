/** The pages in a real browser, on a real service in this process, and on made-up answers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../lib/base/mod.ts";
import { markDestination } from "../../lib/cli/destination.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { createApp, listen, NewsHub, Sessions } from "../../lib/web/mod.ts";
import { type Page, startChromium } from "../support/chromium.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { fakeControl, jobOf } from "../web/fake_control.ts";
import { fakeGate, findingOf, overrideOf } from "../web/fake_gate.ts";
import { fakeReading } from "../web/fake_reading.ts";

async function markAll({ config, stateDir }: Lab): Promise<void> {
  const known = new KnownDestinations(stateDir.path);
  for (const equipment of config.equipment) {
    await markDestination(equipment, { stateDir, known, signal: new AbortController().signal });
  }
}

const text = (page: Page, selector = "main") =>
  page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
const tone = (one: string) => `document.querySelector('.answer')?.dataset.tone === '${one}'`;

testWith(["chromium"], "a run's page shows why it failed, and Retry mends it", async () => {
  await using lab = await openLab();
  await markAll(lab);
  const { config, stateDir } = lab;
  await using daemon = await startDaemon({ config, stateDir });
  await using browser = await startChromium();
  await using page = await browser.open(daemon.url);
  assert.match(await text(page), /No runs yet/);

  const name = "<img src=x onerror=alert(1)>.csv";
  const runPath = await lab.makeRun({ [name]: "ours\n" });
  const farRun = lab.farRun(runPath);
  await Deno.mkdir(farRun, { recursive: true });
  await Deno.writeTextFile(join(farRun, name), "somebody else's\n");
  const { job } = await daemon.control.enqueue(runPath);
  await page.until(tone("bad"));
  assert.match(await text(page, ".runs tbody"), /needs attention/);

  const runPage = new URL(`/runs/${job.id}`, daemon.url).href;
  await page.goto(runPage);
  const said = await text(page);
  assert.match(said, /already holds other data/);
  assert.ok(said.includes(name), said);
  assert.match(said, /move the one over there away/i);
  assert.equal(await page.evaluate("document.querySelectorAll('img').length"), 0);
  assert.equal(await page.evaluate("document.querySelectorAll('form[method=post]').length"), 0);

  await Deno.rename(farRun, `${farRun}-aside`);
  await page.goto(new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href);
  await page.until("document.documentElement?.dataset.rights === 'change'");
  await page.goto(runPage);
  // Before the script is at work a form is sent as without it, and the page is loaded anew.
  await page.until("document.getElementById('link')?.textContent === 'live'");
  await page.evaluate("window.neverReloaded = true");
  await page.click("form[action$='/retry'] button");
  await page.until("document.querySelector('.notice')?.innerText.includes('tried again')");
  await page.until("document.querySelector('.run-head .badge')?.innerText === 'safe'");
  assert.match(await text(page), /1 of 1 file read back and compared/);
  assert.equal(await page.evaluate("neverReloaded"), true, "what changed was put in place");
  assert.deepEqual(page.complaints, []);
});

testWith(["chromium"], "what is typed, focused and opened survives news", async () => {
  await using lab = await openLab();
  await markAll(lab);
  const { config, stateDir } = lab;
  await using daemon = await startDaemon({ config, stateDir });
  const { job } = await daemon.control.enqueue(await lab.makeRun({ "a.csv": "1" }));
  await using browser = await startChromium();
  await using page = await browser.open(
    new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href,
  );
  await page.until("document.documentElement?.dataset.rights === 'change'");
  await page.until(tone("safe"));
  await page.goto(new URL(`/runs/${job.id}`, daemon.url).href);
  await page.click("[data-key^='do-restore'] > summary");
  await page.click("[data-key^='do-restore'] textarea");
  await page.type("only these\n");
  const before = await page.evaluate<number>("document.querySelectorAll('.timeline li').length");
  await daemon.control.pin(job.id, true);
  await page.until(`document.querySelectorAll('.timeline li').length > ${before}`);
  await page.until("document.querySelector('form[action$=\"/unpin\"]')");
  assert.deepEqual(
    await page.evaluate("[document.activeElement.name, document.activeElement.value]"),
    ["only", "only these\n"],
  );
  assert.equal(await page.evaluate("document.querySelector('details.person').open"), true);

  await page.goto(new URL("/", daemon.url).href);
  await page.evaluate("document.querySelector('.lane-act button').focus()");
  await daemon.control.pause("*");
  await page.until(tone("wait"));
  assert.equal(await page.evaluate("document.activeElement.textContent"), "Pause too");
  assert.deepEqual(page.complaints, []);

  await using phone = await browser.open(daemon.url, { width: 360, height: 800 });
  await phone.until("document.querySelector('.lately .axis')");
  const crowded = `[...document.querySelectorAll(".axis")]
    .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)`;
  assert.deepEqual(await phone.evaluate(crowded), [], "times on one another");
});

testWith(
  ["chromium"],
  "pages take names as text, and many runs at 360 px, in the dark",
  async () => {
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
    const gate = fakeGate(
      jobs.filter(({ hold }) => hold === "gate").map(({ run_path }) =>
        findingOf({
          run_path,
          offending_path: `${run_path}/${hostile}`,
          matched_token: hostile,
          rule_detail: hostile,
        })
      ),
    );
    gate.overridesNow = [
      overrideOf({ problem_class: hostile, operator: hostile, reason: hostile }),
    ];
    const reading = fakeReading(control);
    reading.answerNow = { tone: "bad", sign: "!", words: [hostile], more: [[hostile]], next: null };
    reading.homeNow = {
      lanes: [{
        equipmentId: hostile,
        label: hostile,
        tone: "bad",
        doing: [hostile],
        work: null,
        destination: { words: "cannot be reached", tone: "bad", address: hostile },
        trouble: [[hostile]],
        disk: null,
        heardAt: null,
        isPaused: false,
        attention: 1,
        waiting: 0,
      }],
    };
    const closing = new AbortController();
    const sessions = new Sessions(systemClock);
    const listener = await listen({
      hostname: "127.0.0.1",
      port: 0,
      app: (port) =>
        createApp({
          control,
          news: new NewsHub(),
          sessions,
          port,
          token: "t",
          version: "1.2.3",
          signal: closing.signal,
          gate,
          reading,
        }),
    });
    try {
      await using browser = await startChromium();
      const narrow = { width: 360, height: 800, dark: true };
      const link = new URL(`/open/${sessions.createLink()}`, listener.url).href;
      await using page = await browser.open(link, narrow);
      await page.until("document.documentElement?.dataset.rights === 'change'");
      for (const path of ["/", "/runs/job-0", "/runs/job-1", "/runs/job-2", "/problems"]) {
        await page.goto(new URL(path, listener.url).href);
        const wide = await page.evaluate<string>(`[...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > 361 && !one.closest(".unseen"))
        .slice(0, 3).map((one) => one.tagName + "." + one.className).join(" ")`);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360, wide);
        const across = "[...document.querySelectorAll('main, body > footer')].map((one) =>" +
          " [one.getBoundingClientRect().x, one.getBoundingClientRect().width].join())";
        const [main, ...footers] = await page.evaluate<string[]>(across);
        assert.deepEqual(footers, [main], "the footer stands where the page does");
        assert.doesNotMatch(await page.evaluate("document.title"), /^owned/);
        assert.equal(await page.evaluate("document.querySelectorAll('img').length"), 0);
        assert.doesNotMatch(await text(page, "body"), /\u202e/);
      }
      const ground = "getComputedStyle(document.body).backgroundColor";
      assert.equal(await page.evaluate(ground), "rgb(16, 21, 27)");
      assert.deepEqual(page.complaints, []);
    } finally {
      closing.abort();
      await listener.stop();
    }
  },
);

testWith(["chromium"], "the page says that the service has stopped, and recovers", async () => {
  await using lab = await openLab();
  await markAll(lab);
  const { config, stateDir } = lab;
  const first = await startDaemon({ config, stateDir });
  const port = Number(new URL(first.url).port);
  await first.control.enqueue(await lab.makeRun({ "a.csv": "1" }));
  await using browser = await startChromium();
  await using page = await browser.open(first.url);
  await page.until(tone("safe"));
  await first[Symbol.asyncDispose]();
  await page.until("document.querySelector('#silence')?.hidden === false");
  assert.match(await text(page, "#silence"), /The service has stopped; last seen \d\d:\d\d/);
  assert.match(await page.evaluate("document.title"), /has stopped/);
  assert.equal(await page.evaluate("document.querySelector('.answer').offsetParent"), null);

  const again = { ...config, status: { ...config.status, port } };
  await using _second = await startDaemon({ config: again, stateDir });
  await page.until("document.querySelector('#silence')?.hidden === true");
  await page.until("document.querySelector('.answer')?.offsetParent != null");
});
