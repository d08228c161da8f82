import assert from "node:assert/strict";
import { isProblem, type Problem } from "../../lib/gate/look.ts";
import { ShareAnswers } from "../../lib/gate/share_answers.ts";
import { AT_ONCE, type Looks } from "../../lib/gate/share_looks.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const ANSWER_MS = 100;
const TEXT = "nothing of note";

/** Asked of a folder and its file, in every way; the file's text by `readSome`. */
async function asked(looks: Looks, folder: string, file: string) {
  const entries: string[] = [];
  const bytes = await looks.readSome(file, 1_000);
  return {
    look: await looks.look(file),
    same: await looks.hasStat(file, { stats: [TEXT.length], at: 0 }),
    text: bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes,
    list: await looks.list(folder),
    each: await looks.listEach(folder, ({ name }) => void entries.push(name)),
    entries,
    kind: await looks.specialKind(file),
  };
}

Deno.test("a folder of this computer is looked at at once", async () => {
  await using dir = await tempDir("labferry-looks-");
  assert.equal(new ShareAnswers(ANSWER_MS).looksAt(dir.path), AT_ONCE);
});

testWith(
  ["fuse"],
  "ShareLooks sees what is there, and of a share that hangs in the midst it says so",
  async () => {
    await using share = await oddShare();
    const [folder, file] = [share.join("run"), share.join("run/notes.txt")];
    await Deno.mkdir(`${share.diskPath}/run`);
    await Deno.writeTextFile(`${share.diskPath}/run/notes.txt`, TEXT);
    const answers = new ShareAnswers(ANSWER_MS);
    const looks = answers.looksAt(folder);
    assert.notEqual(looks, AT_ONCE);
    const here = await asked(looks, folder, file);
    const plain = await asked(AT_ONCE, folder, file);
    assert.deepEqual(here, plain);
    assert.equal(here.text, TEXT);
    assert.deepEqual(here.entries, ["notes.txt"]);

    assert.equal(await answers.silence(folder), null);
    share.hang();
    let turns = 0;
    const meter = setInterval(() => turns++, 1);
    const silent = await asked(looks, folder, share.join("run/other.txt"));
    clearInterval(meter);
    for (const problem of [silent.look, silent.text, silent.list, silent.each]) {
      assert.ok(typeof problem === "object" && problem !== null && isProblem(problem));
      assert.match((problem as Problem).message, /has not answered/);
    }
    assert.equal(silent.same, false);
    assert.ok(turns > 5, `the program had ${turns} turns meanwhile`);
    share.on();
    await until(async () => await answers.silence(folder) === null, { what: "it to answer again" });
    assert.deepEqual(await asked(looks, folder, file), plain);
  },
);
