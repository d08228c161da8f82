/** Findings, overrides and reports on the page, in a real browser on a real service. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { type Page, startChromium } from "../support/chromium.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

/** A daemon that audits every second, so that what changes by itself is seen soon. */
function daemonOf(lab: Lab) {
  const sync = { ...lab.config.sync, scanSeconds: 1 };
  return startDaemon({ config: { ...lab.config, sync }, stateDir: lab.stateDir });
}

async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(fields)) {
    await page.click(`.person[open] [name=${name}]`);
    await page.type(text);
  }
  await page.click(".person[open] button");
}

const text = (page: Page, selector: string) =>
  page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);

testWith(
  ["chromium"],
  "a held run says what to mend, goes when a person lets it pass, and tells who did",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    await using daemon = await daemonOf(lab);
    const name = "scan_<date> <img src=x onerror=alert(1)>.csv";
    const run = await lab.makeRun({ [name]: "a,b\n" });
    const { job } = await daemon.control.enqueue(run);
    await using browser = await startChromium();
    await using page = await browser.open(daemon.url);

    await page.goto(`${daemon.url}runs/${job.id}`);
    await page.until("document.querySelector('.findings')");
    const said = await text(page, ".findings");
    assert.ok(said.includes(name), said);
    assert.match(said, /which a template should have filled\s+Put the value in its place/);
    assert.doesNotMatch(said, /Let it pass|unresolved_placeholder_token/);
    assert.equal(await page.evaluate("document.querySelectorAll('img').length"), 0);
    await page.goto(`${daemon.url}problems`);
    await page.until("document.querySelector('.problems')");
    assert.match(await text(page, ".problems"), /placeholder was never filled in\s+1 finding/);

    await page.goto(new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href);
    await page.until("document.documentElement?.dataset.rights === 'change'");
    await page.goto(`${daemon.url}runs/${job.id}`);
    await page.until("document.getElementById('link')?.textContent === 'live'");
    await page.click("[data-key^='do-override'] > summary");
    await page.click(".person[open] button"); // nothing is filled in yet
    assert.equal((await daemon.control.overrides(run)).length, 0);
    await fill(page, { operator: "Ada <b>", reason: "vendor syntax" });
    await page.until("document.querySelector('.run-head .badge')?.innerText === 'safe'");
    await page.until("document.querySelector('[data-key^=override]')");
    assert.match(
      await text(page, ".findings"),
      /Ada <b> lets “A template's placeholder was never filled in” pass: vendor syntax/,
    );
    assert.equal((await daemon.control.job(job.id)).state, "verified");
    await page.until("document.querySelector('.timeline').innerText.includes('Ada <b> let')");

    await page.click("[data-key^='do-revoke'] > summary");
    await fill(page, { operator: "Bob", reason: "renamed" });
    await page.until("!document.querySelector('[data-key^=override]')");
    assert.deepEqual((await daemon.control.overrides(run)).map(({ state }) => state), [
      "revoked",
      "tombstone",
    ]);
    assert.deepEqual(page.complaints, []);
  },
);

testWith(
  ["chromium"],
  "a run held before the first audit ended says why all the same",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    const sync = { ...lab.config.sync, enabled: false, scanSeconds: 600 };
    await using daemon = await startDaemon({
      config: { ...lab.config, sync },
      stateDir: lab.stateDir,
    });
    await until(async () => (await daemon.control.problems()).audited_at !== null, {
      what: "the first audit",
    });
    const { job } = await daemon.control.enqueue(await lab.makeRun({ "con.txt": "x" }));
    await using browser = await startChromium();
    await using page = await browser.open(`${daemon.url}runs/${job.id}`);
    await page.until("document.querySelector('.findings')");
    assert.match(await text(page, ".findings"), /con\.txt\s+CON is a device on Windows/);
    assert.deepEqual(page.complaints, []);
  },
);

testWith(
  ["chromium"],
  "a report opens as a page of its own, and a note is added to it",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    await using daemon = await daemonOf(lab);
    await daemon.control.enqueue(await lab.makeRun({ "a.csv": "a,b\n" }));
    await using browser = await startChromium();
    await using page = await browser.open(
      new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href,
    );
    await page.until("document.documentElement?.dataset.rights === 'change'");
    await page.goto(`${daemon.url}reports`);
    await page.until("document.querySelector('.rows a')");
    assert.equal(await text(page, ".rows a"), "PLATE_01 / Cortex Q3");
    await page.goto(await page.evaluate("document.querySelector('.rows a').href"));
    await page.until("document.querySelector('.person > summary')");
    await page.click(".person > summary");
    await fill(page, {
      operator: "Ada",
      text: "<script>alert(1)</script>\nslide 3 was out of focus",
    });
    await page.until("document.querySelector('.notice')");

    const link = "document.querySelector('main a[href$=\"/html\"]')";
    assert.deepEqual(await page.evaluate(`[${link}.target, ${link}.rel]`), ["_blank", "noopener"]);
    await page.goto(await page.evaluate(`${link}.href`));
    // An article has no text before the browser lays it out; a page without scripts has no timers
    // to wait by, so it is asked from here.
    await until(async () => (await text(page, "body")).includes("slide 3 was out of focus"), {
      what: "the report with its note to be laid out",
    });
    const report = await text(page, "body");
    assert.match(report, /<script>alert\(1\)<\/script>\nslide 3 was out of focus\n+Ada, /);
    assert.equal(await page.evaluate("document.scripts.length"), 0);
    assert.equal(await page.evaluate("self.origin"), "null");
    assert.equal(await page.evaluate("getComputedStyle(document.body).maxWidth"), "800px");
    assert.deepEqual(page.complaints, []);
  },
);
