/** Every example of docs/configure.md is loaded, and its tables and messages are what happens. */
import assert from "node:assert/strict";
import { ConfigError } from "../../lib/config/mod.ts";
import { check } from "./support.ts";

const text = await Deno.readTextFile(new URL("../../docs/configure.md", import.meta.url));
const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => ({
  yaml: match[1]!,
  line: text.slice(0, match.index).split("\n").length + 1,
}));

Deno.test("configure.md has its examples", () => assert.equal(examples.length, 20));

for (const { yaml, line } of examples) {
  Deno.test(`configure.md: the example at line ${line} loads`, () => {
    assert.deepEqual(check(yaml).problems, []);
  });
}

Deno.test("configure.md shows problems as they are told", () => {
  const yaml = `equipment:
  - id: A
    local_rot: /x
    nas_root: /n
    completeness_signal: manual
    transport: { type: mount, path: /n/A }

sync:
  enabled:   yes
`;
  const { problems } = check(yaml);
  const shown = problems.map((problem) => ({ ...problem, file: "/etc/labferry/config.yaml" }));
  const { message, hint } = new ConfigError("/etc/labferry/config.yaml", {
    problems: shown,
    total: shown.length,
  });
  assert.ok(text.includes(`labferry: ${message}\n  hint: ${hint}\n`), message);
});
