/** What a person does on the page about a loss and a pause, in a real browser on a real service. */
import assert from "node:assert/strict";
import { markDestination } from "../../lib/cli/destination.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { startChromium } from "../support/chromium.ts";
import { openLab } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

testWith(
  ["chromium"],
  "on the page one instrument is resumed, and a loss is accepted under a name",
  async () => {
    await using lab = await openLab();
    const { config, stateDir } = lab;
    const known = new KnownDestinations(stateDir.path);
    for (const equipment of config.equipment) {
      await markDestination(equipment, { stateDir, known, signal: new AbortController().signal });
    }
    await using daemon = await startDaemon({ config, stateDir });
    const { control } = daemon;
    const stateIs = (wanted: (run: Awaited<ReturnType<typeof control.job>>) => boolean) =>
      until(async () => wanted(await control.job(run)), { what: "the run's state" });
    const marker = `${lab.farBase("PLATE_01")}/.labferry-destination.json`;
    await Deno.rename(marker, `${marker}.away`);
    const run = await lab.makeRun({ "a.dat": "alpha", "b.dat": "beta" });
    await control.enqueue(run);
    await stateIs(({ hold }) => hold === "destination");

    await using browser = await startChromium();
    await using page = await browser.open(`${daemon.url}open/${daemon.sessions.createLink()}`);
    await page.until(
      "document.querySelector('.lane .trouble')?.textContent.includes('It is asked again at')",
    );
    await Deno.remove(`${run}/b.dat`);
    await Deno.rename(`${marker}.away`, marker);
    await control.retry(run);
    await stateIs(({ state }) => state === "failed");

    const { id } = await control.job(run);
    await page.goto(`${daemon.url}runs/${id}`);
    const form = "[data-key^='do-accept-missing']";
    await page.until(`document.querySelector("${form}")`);
    await page.click(`${form} > summary`);
    await page.click(`${form} [name=operator]`);
    await page.evaluate(
      "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }))",
    );
    assert.equal(await page.evaluate(`document.querySelector("${form}").open`), false);
    assert.equal(
      await page.evaluate(`document.activeElement === document.querySelector("${form} > summary")`),
      true,
      "focus is back",
    );
    await page.click(`${form} > summary`);
    await page.click(`${form} [name=operator]`);
    await page.type("Ada");
    await page.click(`${form} [name=reason]`);
    await page.type("the disk ate it");
    await page.click(`${form} button`);
    await stateIs(({ state }) => state === "verified");
    const { left_out } = (await control.job(run)).verification!.account!;
    assert.deepEqual([left_out!.names, left_out!.operator], [["b.dat"], "Ada"]);
    await page.until("document.querySelector('.run-head .badge')?.innerText === 'safe'");
    assert.match(
      await page.evaluate("document.querySelector('main').innerText"),
      /Left out\n1 file: b\.dat; accepted by Ada: the disk ate it/,
    );

    await control.pause("PLATE_01");
    await page.goto(daemon.url);
    await page.until("document.querySelector('.answer')?.dataset.tone === 'wait'");
    assert.match(
      await page.evaluate("document.querySelector('.answer').innerText"),
      /PLATE_01 is paused since .*, by /,
    );
    await page.click(".lane-act button");
    await page.until("document.querySelector('.answer')?.dataset.tone === 'safe'");
    assert.deepEqual((await control.status()).paused, []);
    assert.deepEqual(page.complaints, []);
  },
);
