/** The token is gone, or torn, while the service runs. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";

for (
  const [what, lose] of Object.entries({
    gone: (path: string) => Deno.remove(path),
    empty: (path: string) => Deno.writeTextFile(path, ""),
  })
) {
  Deno.test(`a token that is ${what} is told clearly, and the next start makes a new one`, async () => {
    await using lab = await openLab();
    const { tokenFile } = lab.stateDir;
    {
      await using daemon = await startLabDaemon(lab);
      await lose(tokenFile);
      for (const command of [["pause"], ["open", "--print"], ["retry", "--all"]]) {
        const { error } = (await labferry(lab, [...command, "--json"])).json();
        assert.deepEqual([error.code, error.path], ["token_missing", tokenFile], command[0]);
        assert.match(error.hint, /restart the service/);
      }
      const asked = await labferry(lab, ["status"]);
      assert.deepEqual([asked.code, asked.stdout.includes(daemon.url)], [0, true], asked.stderr);
    }
    await using _again = await startLabDaemon(lab);
    assert.equal((await labferry(lab, ["pause"])).code, 0);
  });
}
