/** axe finds nothing in any state of the pages: empty, at work, held, refused, wrong, silent. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { axeFaults } from "../support/axe.ts";
import { startChromium } from "../support/chromium.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const PATHS = ["/", "/problems", "/reports", "/storage", "/activity", "/settings"];
const tone = (one: string) => `document.querySelector('.answer')?.dataset.tone === '${one}'`;

testWith(["chromium"], "axe finds no violation in any state of the pages", async (t) => {
  await using lab = await openLab();
  await markDestinations(lab);
  const sync = { ...lab.config.sync, scanSeconds: 1 };
  const daemon = await startDaemon({ config: { ...lab.config, sync }, stateDir: lab.stateDir });
  await using stack = new AsyncDisposableStack();
  stack.use(daemon);
  const { control, url } = daemon;
  const browser = stack.use(await startChromium());
  const view = { width: 1100, height: 900, dark: true };
  const link = new URL(`/open/${daemon.sessions.createLink()}`, url).href;
  const page = stack.use(await browser.open(link, view));
  await page.until("document.documentElement?.dataset.rights === 'change'");
  const sound = async (what: string) =>
    void await t.step(what, async () => assert.deepEqual(await axeFaults(page), []));

  for (const path of PATHS) {
    await page.goto(new URL(path, url).href);
    await sound(`empty: ${path}`);
  }
  await page.goto(url);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await page.until("document.querySelector('#acquiring')");
  await sound("a run is being acquired");
  await control.pause("*");
  const { id } = (await control.enqueue(run)).job;
  await page.until(tone("wait"));
  await sound("paused");
  await page.goto(`${url}runs/${id}`);
  await sound("a run that waits");
  await control.resume("*");
  await until(async () => (await control.job(id)).state === "verified", { what: "the proof" });
  const held = (await control.enqueue(await lab.makeRun({ "con.txt": "x" }))).job.id;
  await page.goto(url);
  await page.until(tone("bad"));
  await sound("a run needs somebody");
  await page.goto(`${url}runs/${held}`);
  await page.until("document.querySelector('[data-key^=do-override]')");
  await page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)");
  await sound("forms that are open");

  await page.goto(`${url}runs/${id}`);
  await page.until("document.getElementById('link')?.textContent === 'live'");
  await page.click("[data-key^='do-restore'] > summary");
  await page.click("[data-key^='do-restore'] [name=to]");
  await page.type("/somewhere/else");
  await page.click("[data-key^='do-restore'] button");
  await page.until("document.querySelector('.notice[role=alert]')");
  await sound("a form that was refused");

  for (const path of ["/nowhere", "/runs/nobody", "/?order=sideways", link]) {
    await page.goto(new URL(path, url).href);
    await sound(`an error: ${path.replace(/open.*/, "open/…")}`);
  }
  await page.goto(url);
  await page.until("document.getElementById('link')?.textContent === 'live'");
  await daemon.stop();
  await page.until("document.querySelector('#silence')?.hidden === false");
  await sound("the service has stopped");
});
