/** What can be done with a run, each once, by whoever may change things, in a real browser. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { startChromium } from "../support/chromium.ts";
import { runDir, SENTINEL, SOON, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

testWith(
  ["chromium"],
  "a run is cancelled, tried again, compared once more and brought back by clicks",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const { control } = daemon;
    await control.pause("*");
    const run = await lab.makeRun({ "a.dat": "alpha", "b.dat": "beta" });
    const { id } = (await control.enqueue(run)).job;
    await using browser = await startChromium();
    await using page = await browser.open(
      new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href,
    );
    await page.until("document.documentElement?.dataset.rights === 'change'");
    await page.goto(`${daemon.url}runs/${id}`);
    await page.until("document.getElementById('link')?.textContent === 'live'");
    const badge = (words: string) =>
      page.until(`document.querySelector('.run-head .badge')?.innerText === '${words}'`);
    const said = (words: string) =>
      page.until(`document.querySelector('.notice')?.innerText.includes('${words}')`);

    await page.click("form[action$='/cancel'] button");
    await said("It is cancelled");
    await badge("cancelled");
    assert.equal((await control.job(id)).hold, "cancelled");
    await control.resume("*");
    await page.click("form[action$='/retry'] button");
    await badge("safe");
    assert.equal((await control.job(id)).verify_passes, 1);

    await page.click("form[action$='/verify'] button");
    await said("compared once more");
    await until(async () => (await control.job(id)).verify_passes === 2, { what: "another pass" });
    await page.until(
      "/read back and compared, 2 times/.test(document.querySelector('main').innerText)",
    );

    // Damage here is what bringing back is for; over what is here it writes nothing.
    await Deno.remove(`${run}/b.dat`);
    const form = "[data-key^='do-restore']";
    await page.click(`${form} > summary`);
    await page.click(`${form} [name=only]`);
    await page.type("b.dat");
    await page.click(`${form} button`);
    await said("Brought 1 file");
    assert.equal(await Deno.readTextFile(`${run}/b.dat`), "beta");
    assert.deepEqual(page.complaints, []);
  },
);

testWith(
  ["chromium"],
  "why something was refused stands while the run goes on, until something else is done",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const { control } = daemon;
    const { id } = (await control.enqueue(await lab.makeRun({ "a.dat": "alpha" }))).job;
    await until(async () => (await control.job(id)).state === "verified", { what: "the proof" });
    await using browser = await startChromium();
    await using page = await browser.open(
      new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href,
    );
    await page.until("document.documentElement?.dataset.rights === 'change'");
    await page.goto(`${daemon.url}runs/${id}`);
    await page.until("document.getElementById('link')?.textContent === 'live'");
    await page.click("form[action$='/verify'] button");
    await page.until("document.querySelector('.notice')?.innerText.includes('compared once more')");

    const form = "[data-key^='do-restore']";
    await page.click(`${form} > summary`);
    await page.click(`${form} [name=to]`);
    await page.type("/somewhere/else");
    await page.click(`${form} button`);
    const refused = "document.querySelectorAll('.notice[role=alert]').length";
    await page.until(`${refused} === 1`);
    for (const pass of [3, 4]) {
      await control.verify(id);
      await page.until(
        `document.querySelector('main').innerText.includes('read back and compared, ${pass} times')`,
      );
      assert.equal(await page.evaluate("document.querySelectorAll('.notice').length"), 1);
      assert.equal(await page.evaluate(refused), 1);
    }
    await page.click("form[action$='/verify'] button");
    await page.until("document.querySelector('.notice')?.innerText.includes('compared once more')");
    assert.equal(await page.evaluate(refused), 0);
  },
);

testWith(
  ["chromium"],
  "a run that says nothing is taken at a person's word",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    const sync = { ...lab.config.sync, scanSeconds: 1, settleSeconds: 0 };
    await using daemon = await startDaemon({
      config: { ...lab.config, sync },
      stateDir: lab.stateDir,
    });
    const { control } = daemon;
    const run = await lab.makeRun({ "a.dat": "alpha" });
    await using browser = await startChromium();
    await using page = await browser.open(
      new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href,
    );
    await page.until("document.documentElement?.dataset.rights === 'change'");
    await page.until("document.querySelector('.answer')?.innerText.includes('is being acquired')");
    await page.click("#acquiring form[action$='/complete'] button");
    await page.until("document.querySelector('.answer')?.dataset.tone === 'safe'");
    assert.equal(await page.evaluate("document.querySelector('#acquiring')"), null);
    const [job] = await control.jobs({});
    assert.deepEqual([job!.run_path, job!.state], [run, "verified"]);
    assert.deepEqual(page.complaints, []);
  },
);

testWith(
  ["chromium"],
  "a run whose instrument died is left alone at a person's word, and is news when it grows",
  async () => {
    await using lab = await openLab({
      signals: { PLATE_01: [...SENTINEL, "stalled_after: 7d"] },
      syncYaml: SOON,
    });
    await markDestinations(lab);
    const [plate] = lab.config.equipment;
    const rules = { ...plate!.rules, stalledAfterHours: 1 / 3600 };
    await using daemon = await startDaemon({
      config: { ...lab.config, equipment: [{ ...plate!, rules }] },
      stateDir: lab.stateDir,
    });
    const run = runDir(lab, "PLATE_01");
    await write(run, "a.dat", "alpha");
    // A page that is open looks at such runs every half minute; this one is opened when it is time.
    const untilOdd = () =>
      until(async () => {
        const [seen] = (await daemon.control.status()).acquiring;
        return seen?.phase === "odd" && seen.dismissed === null;
      }, { what: "the run to be stalled" });
    await untilOdd();
    await using browser = await startChromium();
    await using page = await browser.open(
      new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href,
    );
    await page.until("document.documentElement?.dataset.rights === 'change'");
    const ghost = "document.querySelector('#acquiring')?.innerText";
    await page.until(`${ghost}?.includes('stalled: unchanged for')`);
    await page.until("document.querySelector('.answer')?.dataset.tone === 'bad'");
    await page.click("#acquiring form[action$='/dismiss'] button");
    await page.until("document.querySelector('.notice')?.innerText.includes('left alone')");
    await page.until(`${ghost}?.includes('Left alone, as ')`);
    await page.until("document.querySelector('.answer')?.dataset.tone !== 'bad'");
    assert.equal(
      await page.evaluate("document.querySelector('#acquiring form[action$=\"/dismiss\"]')"),
      null,
    );
    const [seen] = (await daemon.control.status()).acquiring;
    assert.deepEqual([seen!.run_path, seen!.dismissed !== null], [run, true]);
    assert.deepEqual(await daemon.control.jobs({}), [], "nothing of it is sent");

    await write(run, "b.dat", "beta");
    await untilOdd();
    await page.goto(daemon.url);
    await page.until("document.querySelector('#acquiring form[action$=\"/dismiss\"]')");
    assert.deepEqual(page.complaints, []);
  },
);

testWith(
  ["chromium"],
  "a run that was enqueued by hand is on its way, not being acquired as well",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    const sync = { ...lab.config.sync, scanSeconds: 1 };
    await using daemon = await startDaemon({
      config: { ...lab.config, sync },
      stateDir: lab.stateDir,
    });
    const { control } = daemon;
    const run = await lab.makeRun({ "a.dat": "alpha" });
    await until(async () => (await control.status()).acquiring.length === 1, {
      what: "the run to be seen",
    });
    await using browser = await startChromium();
    await using page = await browser.open(daemon.url);
    await page.until("document.querySelector('.answer')?.innerText.includes('is being acquired')");
    const { id } = (await control.enqueue(run)).job;
    await until(async () => (await control.job(id)).state === "verified", { what: "the proof" });
    await page.until("document.querySelector('.answer')?.dataset.tone === 'safe'");
    assert.deepEqual((await control.status()).acquiring, []);
    assert.doesNotMatch(
      await page.evaluate("document.querySelector('main').innerText"),
      /being acquired|acquiring/,
    );
    // Written on: then it is both, and both are true.
    await Deno.writeTextFile(`${run}/c.dat`, "gamma");
    await page.until("document.querySelector('.answer')?.innerText.includes('is being acquired')");
    assert.match(await page.evaluate("document.querySelector('.answer').innerText"), /1 run safe/);
    assert.deepEqual(page.complaints, []);
  },
);
