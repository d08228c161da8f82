/** All records that lie beside a far run come back with it, however many they are. */
import assert from "node:assert/strict";
import { withoutLab } from "../support/lab_programs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { fromArgs, labWithGoneRun } from "./gone_run.ts";

const NOTES = 2_300;

Deno.test("restore --from brings more records than are fetched at once", async () => {
  await using stack = new AsyncDisposableStack();
  const gone = await labWithGoneRun();
  stack.use(gone.lab);
  const root = stack.use(await tempDir());
  const notes = `${gone.far}/.exlab-wizard/notes`;
  await Deno.mkdir(notes);
  for (let i = 0; i < NOTES; i++) await Deno.writeTextFile(`${notes}/${i}.txt`, `${i}`);
  const back = root.join("back");
  const args = [...fromArgs(gone, { type: "mount", sshd: null }), "--to", back, "--json"];
  const { code, stdout, stderr } = await withoutLab(args, { home: root.path });
  assert.equal(code, 0, stderr);
  assert.ok(JSON.parse(stdout).records >= NOTES);
  assert.equal([...Deno.readDirSync(`${back}/.exlab-wizard/notes`)].length, NOTES);
});
