/** axe finds nothing on any page, in light and dark, for a reader and for somebody who may change things. */
import assert from "node:assert/strict";
import { axeFaults } from "../support/axe.ts";
import { startChromium } from "../support/chromium.ts";
import { testWith } from "../support/needs.ts";
import { SETTINGS } from "../web/fake_lists.ts";
import { openStage } from "./stage.ts";

testWith(["chromium"], "axe finds no violation on any page", async (t) => {
  await using stage = await openStage({ ...SETTINGS, warnings: ["/mnt/nas is not there"] });
  await using browser = await startChromium();
  for (const dark of [false, true]) {
    await using page = await browser.open(stage.link(), { width: 1100, height: 900, dark });
    await page.until("document.documentElement?.dataset.rights === 'change'");
    for (const path of stage.paths) {
      await t.step(
        `${path.replace(/[0-9a-f-]{36}/, "ID")} ${dark ? "dark" : "light"}`,
        async () => {
          await page.goto(stage.at(path));
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
