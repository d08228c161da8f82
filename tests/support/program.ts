/**
 * What `deno` is told to start labferry, before its command: `[...PROGRAM, "queue", "list"]`.
 *
 * `deno task test` bundles labferry once for all tests, as the executable is made from it: a start costs
 * half of what it costs when 600 source files are read. `deno test` by itself has the source as it is.
 */
import { fileURLToPath } from "node:url";

/** Names the bundled program's file, for the tests and for what they start. */
export const PROGRAM_VARIABLE = "LABFERRY_TEST_PROGRAM";

const bundled = Deno.env.get(PROGRAM_VARIABLE);

export const PROGRAM: readonly string[] = bundled
  ? ["run", "-A", "--quiet", "--no-config", bundled]
  : ["run", "-A", "--quiet", fileURLToPath(new URL("../../main.ts", import.meta.url))];

/** Where deno keeps what it fetched and compiled: for a program that is given another home. */
export const DENO_DIR = Deno.env.get("DENO_DIR") ??
  `${Deno.env.get("HOME") ?? ""}/.cache/deno`;
