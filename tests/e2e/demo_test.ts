/** The demo as a person starts it: a process of its own, watched from outside. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { HOSTILE_NAME } from "../../lib/cli/demo_runs.ts";
import { hasTool, testWith } from "../support/needs.ts";
import { type Chromium, startChromium } from "../support/chromium.ts";
import { tempDir } from "../support/temp_dir.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

interface Started extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** Everything on stdout until `pattern` is there. */
  heard(pattern: RegExp): Promise<RegExpExecArray>;
  rest(): Promise<string>;
}

/** A fresh machine's environment: no tools, no configuration, a temporary folder of its own. */
async function environment(tmp: string): Promise<Record<string, string>> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: tmp })
    .output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));
  return {
    PATH: `${tmp}/no-tools`,
    HOME: `${tmp}/home`,
    TMPDIR: `${tmp}/tmp`,
    DENO_DIR: denoDir,
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    LABFERRY_CONFIG: `${tmp}/no-such-config.yaml`,
    LABFERRY_STATE_DIR: `${tmp}/no-such-state`,
  };
}

async function startDemo(tmp: string, args: readonly string[]): Promise<Started> {
  await Deno.mkdir(`${tmp}/tmp`);
  await Deno.mkdir(`${tmp}/home`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", CONFIG, MAIN, "demo", ...args],
    cwd: tmp,
    env: await environment(tmp),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  return {
    child,
    async heard(pattern) {
      for (let match = pattern.exec(said);; match = pattern.exec(said)) {
        if (match) return match;
        const { value, done } = await reader.read();
        if (done) throw new Error(`the demo ended with:\n${said}\n${await stderr}`);
        said += value;
      }
    },
    async rest() {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        said += part.value;
      }
      return said;
    },
    async [Symbol.asyncDispose]() {
      signalTo(child, "SIGKILL");
      await child.status;
      await reader.cancel();
      await stderr;
    },
  };
}

function signalTo(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // ended by itself
  }
}

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
}

/** deno itself may leave its caches in a home; labferry leaves nothing. */
async function leftBehind(tmp: string): Promise<string[]> {
  return [...await namesIn(`${tmp}/tmp`), ...await namesIn(`${tmp}/home`), ...await namesIn(tmp)]
    .filter((name) => name !== "tmp" && name !== "home");
}

Deno.test("demo --exit proves every run with no tool on the PATH, and leaves nothing behind", async () => {
  await using tmp = await tempDir();
  await using demo = await startDemo(tmp.path, ["--exit"]);
  const text = await demo.rest();
  assert.equal((await demo.child.status).code, 0, text);
  const [, rows] = /RUN +FILES +SIZE +STATE +PROOF\n([\s\S]*?)\n\n/.exec(text)!;
  const lines = rows!.split("\n");
  assert.equal(lines.length, 6);
  for (const line of lines) {
    assert.match(line, /^(CONFOCAL|FLOW|PLATE)_01\/.* {2}safe {3}read_back, (\d+) of \2 equal$/);
  }
  assert.match(text, /6 runs, 1\d\d MB, all safe at the destination in [\d.]+ s\./);
  const [, told] = /^labferry fleet .*\n((?: {2}\S.*\n){2})/m.exec(text)!;
  assert.match(told!, /^ {2}gel-pc \(GEL_01\): all safe: 1 run$/m);
  assert.match(told!, /^ {2}\S+ \(CONFOCAL_01, FLOW_01, PLATE_01\): all safe: 6 runs$/m);
  assert.deepEqual(await leftBehind(tmp.path), []);
});

Deno.test("demo --exit --json gives one document", async () => {
  await using tmp = await tempDir();
  await using demo = await startDemo(tmp.path, ["--exit", "--json", "--port", "0"]);
  const { verified, runs } = JSON.parse(await demo.rest());
  assert.equal((await demo.child.status).code, 0);
  assert.equal(verified, true);
  assert.equal(runs.length, 6);
  for (const run of runs) {
    assert.deepEqual([run.state, run.verification.strength], ["verified", "read_back"]);
    assert.equal(run.verification.matched, run.files);
  }
  assert.deepEqual(await leftBehind(tmp.path), []);
});

Deno.test("demo --exit says no when a port that was asked for is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using tmp = await tempDir();
  await using demo = await startDemo(tmp.path, ["--exit", "--port", String(taken.addr.port)]);
  await demo.rest();
  assert.equal((await demo.child.status).code, 1);
  assert.deepEqual(await leftBehind(tmp.path), []);
});

Deno.test("demo ends cleanly at Ctrl-C in the middle of a transfer", async () => {
  await using tmp = await tempDir();
  await using demo = await startDemo(tmp.path, ["--port", "0"]);
  const [, url] = await demo.heard(/may change things; (http:\S+) is read-only/);
  await demo.heard(/FLOW_01 +has finished/);
  const settings = await fetch(new URL("/settings", url));
  assert.match(await settings.text(), /instrument-pc\/data/, "the page shows the demo's file");
  signalTo(demo.child, "SIGINT");
  await demo.rest();
  assert.equal((await demo.child.status).code, 0);
  assert.deepEqual(await leftBehind(tmp.path), []);
});

testWith(
  ["chromium"],
  "demo's page goes from waiting to safe, live, for a watcher and for a driver",
  async (t) => {
    await using tmp = await tempDir();
    await using demo = await startDemo(tmp.path, ["--port", "0"]);
    const [, link] = await demo.heard(/The page: +(http:\S+)/);
    const [, url] = await demo.heard(/may change things; (http:\S+) is read-only/);
    await using browser = await startChromium();
    await watch(t, { browser, link: link!, url: url!, demo });
  },
);

async function watch(
  t: Deno.TestContext,
  { browser, link, url, demo }: { browser: Chromium; link: string; url: string; demo: Started },
): Promise<void> {
  await using driver = await browser.open(link);
  await using watcher = await browser.open(url, { width: 400, height: 800 });
  await driver.until("document.documentElement?.dataset.rights === 'change'");
  for (const page of [driver, watcher]) {
    await page.evaluate("window.neverReloaded = true");
    await page.evaluate(`window.seen = [];
      new MutationObserver(() => {
        for (const chip of document.querySelectorAll(".runs .badge")) {
          if (!seen.includes(chip.textContent)) seen.push(chip.textContent);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
  }

  await t.step("a run is seen moving", async () => {
    // Both at once: between two phases there is a bar and no rate yet.
    await driver.until(
      "document.querySelector('.lane progress')?.value > 20e6 && " +
        "/MB\\/s/.test(document.body.innerText)",
      60_000,
    );
    assert.equal(await driver.evaluate("document.querySelector('.answer').dataset.tone"), "moving");
  });

  await t.step("the watcher's page has nothing to press but what asks", async () => {
    const labels = `[...document.querySelectorAll("button")].filter((b) => b.offsetParent)
      .map((b) => b.textContent)`;
    assert.deepEqual([...new Set(await watcher.evaluate<string[]>(labels))], ["Show"]);
    assert.match(
      await watcher.evaluate("document.querySelector('footer').textContent"),
      /is read-only/,
    );
    const refused = `fetch("/api/v1/pause", { method: "POST" }).then((answer) => answer.status)`;
    assert.equal(await watcher.evaluate(refused), 401);
  });

  await t.step("the driver's page pauses and resumes with a click", async () => {
    await driver.click("#instruments .actions button");
    await driver.until(
      "document.querySelector('#instruments .actions button').textContent === 'Resume all'",
    );
    await watcher.until("document.querySelector('.answer').dataset.tone === 'wait'");
    await driver.click("#instruments .actions button");
    await driver.until(
      "document.querySelector('#instruments .actions button').textContent === 'Pause all'",
    );
  });

  await t.step("the answer turns green without a reload", async () => {
    const green =
      "document.querySelector('.answer').dataset.tone === 'safe' && document.querySelectorAll('.runs tbody tr').length === 6";
    await Promise.all([driver.until(green, 120_000), watcher.until(green, 120_000)]);
    for (const page of [driver, watcher]) {
      assert.equal(await page.evaluate("neverReloaded"), true);
      const seen = await page.evaluate<string[]>("seen");
      for (const words of ["being sent", "safe"]) assert.ok(seen.includes(words), seen.join());
      assert.match(await page.evaluate("document.title"), /^All 6 runs are safe/);
    }
  });

  await t.step("nothing is wider than a phone", async () => {
    assert.equal(await watcher.evaluate("document.documentElement.scrollWidth"), 400);
  });

  await t.step(
    "the hostile name arrived, and sha256sum agrees with no product installed",
    async () => {
      const [, far] = await demo.heard(/cd '([^']+)' && sha256sum/);
      assert.ok((await Deno.stat(`${far}/.exlab-wizard/checksums.sha256`)).isFile);
      const nas = far!.slice(0, far!.indexOf("/CONFOCAL_01/"));
      const plates = `${nas}/PLATE_01/Dose Response/Runs`;
      const found: string[] = [];
      for (const run of await namesIn(plates)) found.push(...await namesIn(`${plates}/${run}`));
      assert.ok(found.includes(HOSTILE_NAME), found.join("\n"));
      if (!hasTool("sha256sum")) return;
      const { success } = await new Deno.Command("sha256sum", {
        args: ["--quiet", "-c", ".exlab-wizard/checksums.sha256"],
        cwd: far!,
      }).output();
      assert.ok(success);
    },
  );

  await t.step("a run's page tells the way", async () => {
    await driver.click(".runs th a");
    await driver.until("document.querySelectorAll('.timeline li').length > 3");
    assert.match(
      await driver.evaluate("document.querySelector('.timeline').innerText"),
      /safe: every file compared/,
    );
    await driver.until("document.querySelector('.interlocks')");
    assert.match(
      await driver.evaluate("document.querySelector('#custody').innerText"),
      /Why is it still here\?\s+Local copies are not deleted on this PC[^]*the gate lets it pass/,
    );
  });

  await t.step("no script, network or policy error was met", () => {
    assert.deepEqual(driver.complaints, []);
    // The one refusal that was asked for above.
    assert.deepEqual(watcher.complaints.filter((text) => !text.includes("/api/v1/pause")), []);
  });

  await t.step("a service that ends is not called safe any more", async () => {
    signalTo(demo.child, "SIGINT");
    await driver.until("document.querySelector('#silence')?.hidden === false");
    assert.match(await driver.evaluate("document.title"), /The service has stopped/);
  });
}
