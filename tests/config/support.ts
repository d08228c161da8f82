/** What the tests of this room share: a check on fixed ground, and one equipment that is right. */
import assert from "node:assert/strict";
import { checkConfigText } from "../../lib/config/check.ts";
import type { Config, OsName, Verdict } from "../../lib/config/mod.ts";

export const ENV = { HOME: "/home/lab" };

export function check(text: string, os: OsName = "linux"): Verdict {
  return checkConfigText(text, { file: "c.yaml", os, env: ENV });
}

/** The configuration of a text that must be right. */
export function configOf(text: string): Config {
  const { config, problems } = check(text);
  assert.deepEqual(problems, []);
  assert.ok(config);
  return config;
}

/** `line:column key: what; hint` of each problem. */
export function problemsOf(text: string, os: OsName = "linux"): string[] {
  const verdict = check(text, os);
  assert.equal(verdict.config === null, verdict.problems.length > 0);
  return verdict.problems.map(({ line, column, key, what, hint }) =>
    `${line}:${column} ${key}: ${what}${hint ? `; ${hint}` : ""}`
  );
}

/** One equipment; `extra` lines are put at its end. */
export function equipment(extra = "", transport = "{ type: mount, path: /mnt/nas/A }"): string {
  return `equipment:
  - id: A
    local_root: /data/lab
    nas_root: //nas/lab
    completeness_signal: manual
    transport: ${transport}
${extra}`;
}
