/** Some commands load the configuration in more than one place; people are told once. */
import assert from "node:assert/strict";
import type { CliContext } from "../../lib/cli/context.ts";
import { configOf } from "../../lib/cli/settings.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("what is to be noticed in a configuration is said once a command", async () => {
  await using dir = await tempDir();
  const config = await dir.write("c.yaml", "lims: { url: x }\nsync: { retry_attempts: 3 }\n");
  const said: string[] = [];
  const context = {
    options: { config, stateDir: dir.join("state") },
    env: { HOME: dir.path },
    note: (line: string) => void said.push(line),
  } as unknown as CliContext;
  const { notices } = await configOf(context);
  assert.equal(notices.length, 4);
  await configOf(context);
  assert.deepEqual(said, notices.map((notice) => `labferry: ${notice}`));
  await Deno.writeTextFile(config, "paths: { a: b }\n");
  const second = await configOf(context);
  assert.equal(
    said.length,
    notices.length + second.notices.filter((n) => !notices.includes(n)).length,
  );
});
