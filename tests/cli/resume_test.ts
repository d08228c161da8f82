/** A pause of everything and one of an instrument are two: what is resumed is said of each. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

Deno.test("resume says what is still paused, and the page offers what helps", async () => {
  await using lab = await openLab({ equipment: { PLATE_01: "mount", FLOW_01: "mount" } });
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const say = async (...words: string[]) => (await labferry(lab, words)).stdout.trim();
  const { stdout } = await labferry(lab, ["open", "--print"]);
  const opened = await fetch(stdout.trim(), { redirect: "manual" });
  await opened.body?.cancel();
  const cookie = opened.headers.get("set-cookie")!.split(";")[0]!;
  const buttons = async () => {
    const page = await (await fetch(daemon.url, { headers: { cookie } })).text();
    return [...page.matchAll(/<button[^>]*>((?:Pause|Resume)[^<]*)</g)].map(([, text]) => text);
  };
  assert.deepEqual(await buttons(), ["Pause all", "Pause", "Pause"]);
  await say("pause", "--equipment", "PLATE_01");
  assert.deepEqual(await buttons(), ["Pause all", "Resume", "Pause"]);
  await say("pause");
  assert.deepEqual(
    await buttons(),
    ["Resume all", "Resume", "Pause too"],
    "FLOW_01 alone cannot go on",
  );
  assert.equal(
    await say("resume", "--equipment", "FLOW_01"),
    "FLOW_01 is resumed by itself, but everything is still paused: `labferry resume`",
  );
  assert.equal(
    await say("resume"),
    "Everything is resumed but PLATE_01, paused by itself: `labferry resume --equipment PLATE_01`",
  );
  assert.equal(await say("resume", "--equipment", "PLATE_01"), "PLATE_01 is resumed.");
  assert.equal(await say("resume"), "Everything is resumed.");
});
