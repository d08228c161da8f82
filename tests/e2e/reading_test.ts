/** Whole pages for whoever has no scripts, a large type, a small screen, or paper. */
import assert from "node:assert/strict";
import { type Page, startChromium, type View } from "../support/chromium.ts";
import { testWith } from "../support/needs.ts";
import { openStage } from "./stage.ts";

/** An address that is none has a page too. */
const NOWHERE = "/nowhere";

const text = (page: Page, selector = "main") =>
  page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
const MAY_CHANGE = "document.documentElement?.dataset.rights === 'change'";

testWith(["chromium"], "without scripts every page is read, and a run is acted on", async () => {
  await using stage = await openStage();
  const { control } = stage.daemon;
  await using browser = await startChromium();
  await using page = await browser.open(stage.link(), { width: 1100, height: 900, scripts: false });
  await page.until(MAY_CHANGE);
  for (const path of [...stage.paths, NOWHERE]) {
    await page.goto(stage.at(path));
    assert.match(await text(page, "h1"), /\S/, path);
    assert.doesNotMatch(await text(page, "body"), /Looking …|needs? JavaScript/i, path);
    assert.equal(await page.evaluate("document.getElementById('silence').hidden"), true, path);
  }
  await page.goto(stage.at(`/runs/${stage.safe}`));
  await page.click("form[action$='/pin'] button");
  await page.until("document.querySelector('.notice')?.innerText.includes('copy is kept')");
  assert.equal((await control.job(stage.safe)).pinned, true);
  await page.click("form[action$='/unpin'] button");
  await page.until("document.querySelector('.notice')?.innerText.includes('may go again')");

  await page.click("[data-key^='do-note'] > summary");
  await page.click("[data-key^='do-note'] [name=operator]");
  await page.type("Ada");
  await page.click("[data-key^='do-note'] [name=text]");
  await page.type("slide 3 was out of focus");
  await page.click("[data-key^='do-note'] button");
  await page.until("document.querySelector('.notice')?.innerText.includes('in the report')");

  // What was refused says why, with what was typed still in its form.
  await page.click("[data-key^='do-restore'] > summary");
  await page.click("[data-key^='do-restore'] [name=to]");
  await page.type("/somewhere/else");
  await page.click("[data-key^='do-restore'] button");
  await page.until("document.querySelector('.notice[role=alert]')");
  assert.equal(
    await page.evaluate("document.querySelector('[data-key^=do-restore] [name=to]').value"),
    "/somewhere/else",
  );

  await page.goto(stage.at("/"));
  await page.click("form.filter [name=search]");
  await page.type("nothing like it");
  await page.click("form.filter button");
  await page.until("document.querySelector('#runs .empty')");
  assert.match(await text(page, "#runs"), /No run fits/);
  // A browser says of a page that is an error that it is one.
  assert.deepEqual(page.complaints.filter((one) => !/status of 40[34]/.test(one)), []);
});

/** What sticks out to the right, beside what nobody is to see. */
const WIDEST = `[...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".unseen"))
  .slice(0, 3).map((one) => one.tagName + "." + one.className).join(" ")`;

testWith(
  ["chromium"],
  "no page has to be moved sideways, however narrow or enlarged",
  async (t) => {
    await using stage = await openStage();
    await using browser = await startChromium();
    const views: Readonly<Record<string, View>> = {
      "a phone": { width: 360, height: 740 },
      "200 % on a laptop": { width: 640, height: 400, scale: 2 },
      "400 % on a laptop": { width: 320, height: 200, scale: 4 },
    };
    for (const [name, view] of Object.entries(views)) {
      await using page = await browser.open(stage.link(), view);
      await page.until(MAY_CHANGE);
      for (const path of [...stage.paths, NOWHERE]) {
        await t.step(`${name}: ${path.replace(/[0-9a-f-]{36}/, "ID")}`, async () => {
          await page.goto(stage.at(path));
          await page.evaluate(
            "document.querySelectorAll('details').forEach((one) => one.open = true)",
          );
          const wide = await page.evaluate<string>(WIDEST);
          const width = await page.evaluate<number>("document.documentElement.scrollWidth");
          assert.ok(width <= view.width, `${width}: ${wide}`);
        });
      }
    }
  },
);

testWith(["chromium"], "on paper there is what is to be read, and nothing to press", async () => {
  await using stage = await openStage();
  await using browser = await startChromium();
  await using page = await browser.open(stage.link(), { width: 760, height: 1000, print: true });
  await page.until(MAY_CHANGE);
  const isShown = (selector: string) =>
    page.evaluate<boolean>(
      `[...document.querySelectorAll(${
        JSON.stringify(selector)
      })].some((one) => one.checkVisibility())`,
    );
  for (const path of [...stage.paths, NOWHERE]) {
    await page.goto(stage.at(path));
    assert.match(await text(page, "h1"), /\S/, path);
    for (const pressed of ["button", "input", "nav", "#link", ".person", ".skip"]) {
      assert.equal(await isShown(pressed), false, `${path} prints ${pressed}`);
    }
  }
  await page.goto(stage.at("/activity"));
  assert.equal(await isShown(".picture table"), true, "a picture's numbers are on the paper");
  await page.goto(stage.at(`/runs/${stage.safe}`));
  assert.equal(await isShown(".timeline li"), true);
});

testWith(
  ["chromium"],
  "a keyboard reaches all of it, in order, and each focus is seen",
  async () => {
    await using stage = await openStage();
    const { control } = stage.daemon;
    await using browser = await startChromium();
    await using page = await browser.open(stage.link());
    await page.until("document.documentElement?.dataset.rights === 'change'");
    await page.goto(stage.at("/"));
    await page.until("document.getElementById('link')?.textContent === 'live'");
    const here = () =>
      page.evaluate<string>(
        "(document.activeElement.innerText || document.activeElement.ariaLabel || document.activeElement.name || document.activeElement.tagName).trim()",
      );
    await page.press("Tab");
    assert.equal(await here(), "Skip to the content");
    await page.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "main");

    await page.evaluate("document.activeElement.blur()");
    await page.goto(stage.at("/"));
    await page.until("document.getElementById('link')?.textContent === 'live'");
    // Once around: everything that can be used, in the order in which it stands, each with its outline.
    const wanted = await page.evaluate<number>(`[...document.querySelectorAll(
      "a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true })).length`);
    let last = -1;
    for (let i = 0; i < wanted; i++) {
      await page.press("Tab");
      const [place, outline] = await page.evaluate<[number, string]>(`[
      [...document.querySelectorAll("*")].indexOf(document.activeElement),
      getComputedStyle(document.activeElement).outlineStyle]`);
      assert.ok(place > last, `the ${i + 1}th stop, ${await here()}, is before the one before it`);
      assert.notEqual(outline, "none", `${await here()} shows no focus`);
      last = place;
    }

    await page.evaluate(`document.querySelector("[data-job='${stage.safe}'] a").focus()`);
    await page.press("Enter");
    await page.until("document.querySelector('.run-actions')");
    await page.until("document.getElementById('link')?.textContent === 'live'");
    const to = async (selector: string) => {
      const isThere = `document.activeElement.matches(${JSON.stringify(selector)})`;
      for (let i = 0; i < 40 && !await page.evaluate<boolean>(isThere); i++) {
        await page.press(
          "Tab",
        );
      }
      assert.ok(await page.evaluate<boolean>(isThere), `no way to ${selector}`);
    };
    await to("form[action$='/pin'] button");
    await page.press("Space");
    await page.until("document.querySelector('.notice')?.innerText.includes('copy is kept')");
    assert.equal(await here(), "Let it go again", "the switch is still what is focused");
    await to("[data-key^='do-note'] > summary");
    await page.press("Enter");
    await page.press("Tab");
    await page.type("Ada");
    await page.press("Tab");
    await page.type("by keyboard");
    await page.press("Tab");
    await page.press("Enter");
    await page.until("document.querySelector('.notice')?.innerText.includes('in the report')");
    assert.equal(await here(), "Add a note …", "focus is back where the form was opened");
    assert.equal((await control.job(stage.safe)).pinned, true);
    assert.deepEqual(page.complaints, []);
  },
);
