/** axe finds nothing on any page, in light and dark, for a reader and for somebody who may change things. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { axeFaults } from "../support/axe.ts";
import { startChromium } from "../support/chromium.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { SETTINGS } from "../web/fake_lists.ts";

testWith(["chromium"], "axe finds no violation on any page", async (t) => {
  await using lab = await openLab();
  await markDestinations(lab);
  await using daemon = await startDaemon({
    config: lab.config,
    stateDir: lab.stateDir,
    settings: () => Promise.resolve({ ...SETTINGS, warnings: ["/mnt/nas is not there"] }),
  });
  const { control } = daemon;
  const safe = (await control.enqueue(await lab.makeRun({ "a.csv": "1" }))).job.id;
  const held = (await control.enqueue(await lab.makeRun({ "con.txt": "1" }))).job.id;
  await until(async () => (await control.job(safe)).state === "verified", { what: "the proof" });
  await until(async () => await firstReport(daemon.url) !== null, { what: "the report" });
  const report = await firstReport(daemon.url);
  await using browser = await startChromium();
  for (const dark of [false, true]) {
    const link = new URL(`/open/${daemon.sessions.createLink()}`, daemon.url).href;
    await using page = await browser.open(link, { width: 1100, height: 900, dark });
    await page.until("document.documentElement?.dataset.rights === 'change'");
    const paths = [
      "/",
      `/runs/${safe}`,
      `/runs/${held}`,
      `/runs/${safe}/files`,
      "/problems",
      "/reports",
      "/storage",
      "/activity",
      `/reports/${report}`,
      `/reports/${report}/history`,
      `/reports/${report}/compare`,
      "/settings",
    ];
    for (const path of paths) {
      await t.step(
        `${path.replace(/[0-9a-f-]{36}/, "ID")} ${dark ? "dark" : "light"}`,
        async () => {
          await page.goto(new URL(path, daemon.url).href);
          assert.equal(await page.evaluate("document.querySelector('.plain')"), null, "an error");
          await page.evaluate(
            "document.querySelectorAll('details').forEach((one) => one.open = true)",
          );
          assert.deepEqual(await axeFaults(page), []);
        },
      );
    }
  }
});

/** The id of a report that has been told of a run. */
async function firstReport(url: string): Promise<string | null> {
  const answer = await fetch(new URL("/api/v1/reports", url));
  const { reports } = await answer.json();
  return reports[0]?.report_id ?? null;
}
