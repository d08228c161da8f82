/** `labferry open`: what a browser is started with, and what everybody else can see of it. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { startChromium } from "../support/chromium.ts";
import { testWith } from "../support/needs.ts";
import { writeOpenPage } from "../../lib/cli/open_page.ts";
import { tempDir } from "../support/temp_dir.ts";

testWith(
  ["linux"],
  "open starts the browser with a file that only its account can read",
  async () => {
    await using lab = await openLab();
    await using daemon = await startLabDaemon(lab);
    // A browser that notes what it was started with, as /proc shows it.
    const browser = `#!/bin/sh\ntr '\\0' ' ' </proc/$$/cmdline >'${lab.join("seen")}'\n` +
      `printf '%s' "$1" >'${lab.join("path")}'\ncat "$1" >'${lab.join("page")}'\n`;
    await Deno.mkdir(lab.join("bin"));
    await Deno.writeTextFile(lab.join("bin/xdg-open"), browser, { mode: 0o755 });
    const env = { ...lab.env, PATH: `${lab.join("bin")}:${lab.env.PATH}` };
    const opened = await labferry({ ...lab, env }, ["open"]);
    assert.equal(opened.code, 0, opened.stderr);
    const page = await Deno.readTextFile(lab.join("page"));
    const link = /url=(http:\/\/127\.0\.0\.1:\d+\/open\/([\w-]+))"/.exec(page);
    assert.ok(link, page);
    assert.doesNotMatch(await Deno.readTextFile(lab.join("seen")), new RegExp(link[2]!));
    const path = await Deno.readTextFile(lab.join("path"));
    const modes = [path, path.slice(0, path.lastIndexOf("/"))].map((one) =>
      (Deno.statSync(one).mode! & 0o777).toString(8)
    );
    assert.deepEqual(modes, ["600", "700"]);
    const session = await fetch(link[1]!);
    assert.match(session.headers.get("set-cookie") ?? "", /^labferry_session_/);
    await session.body?.cancel();
    assert.ok(daemon.url.startsWith("http://127.0.0.1"));
  },
);

testWith(["chromium"], "a browser that opens the page may change things", async () => {
  await using lab = await openLab();
  await using daemon = await startLabDaemon(lab);
  const { url } = (await labferry(lab, ["open", "--json"])).json();
  const path = await writeOpenPage(lab.stateDir.path, url);
  await using browser = await startChromium();
  await using page = await browser.open(`file://${path}`);
  await page.until(
    `location.href === '${daemon.url}' && document.documentElement?.outerHTML.includes('data-rights="change"')`,
  );
});

Deno.test("writeOpenPage clears the pages of links that are too old", async () => {
  await using dir = await tempDir();
  const old = await dir.write("open/old.html", "x");
  await Deno.utime(old, new Date(0), new Date(0));
  const path = await writeOpenPage(dir.path, "http://127.0.0.1:8787/open/abc");
  assert.deepEqual(
    [...Deno.readDirSync(dir.join("open"))].map(({ name }) => dir.join("open", name)),
    [path],
  );
});
