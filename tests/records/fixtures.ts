/** The example records of `tests/fixtures/records`, and copies of them to work on. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TempDir } from "../support/temp_dir.ts";

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), "../fixtures/records");

export const GOOD_CREATIONS = [
  "creation-1.0.json",
  "creation-1.2-override-without-id.json",
  "creation-1.4-withdrawn.json",
  "creation-1.7-overrides.json",
  "creation-1.8.json",
  "creation-1.8-compact-defaults-omitted.json",
  "creation-1.12-future.json",
];

export function fixtureText(name: string): Promise<string> {
  return Deno.readTextFile(join(FIXTURES, name));
}

/** A copy called `creation.json` (or as given) in a records' folder of its own. */
export async function copyFixture(
  dir: TempDir,
  name: string,
  as = "creation.json",
): Promise<string> {
  return await dir.write(`${name}.run/.exlab-wizard/${as}`, await fixtureText(name));
}

export function fixtureNames(pattern: RegExp): string[] {
  return Array.from(Deno.readDirSync(FIXTURES), (entry) => entry.name).filter((name) =>
    pattern.test(name)
  ).sort();
}

/** Names beside a record: what a refused write must not have left behind. */
export function namesBeside(path: string): string[] {
  return Array.from(Deno.readDirSync(dirname(path)), (entry) => entry.name).sort();
}
