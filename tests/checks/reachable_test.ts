import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { reachFaults, reachOf } from "../../scripts/checks/reachable.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

Deno.test("everything in lib/ is reached from main.ts, or kept with a reason", () => {
  assert.deepEqual(reachFaults(reachOf(ROOT)), []);
});

/** A project in which everything called `dead…` is reached by nothing, and everything else is. */
const PROJECT = {
  "main.ts": `
    import { Counter, type Shape, used } from "./lib/mod.ts";
    const { lazy } = await import("./lib/lazy.ts");
    const shape: Shape = { size: used(new Counter().next) };
    lazy(shape);`,
  "lib/mod.ts": `export * from "./things.ts";
    export { dead } from "./dead.ts";`,
  "lib/things.ts": `
    export interface Shape { readonly size: Size }
    export type Size = number;
    export function used(by: () => Size): Size { return by() + helper; }
    const helper = 1;
    export type DeadSize = number;
    export class Counter {
      #at = 0;
      next = (): Size => this.#step();
      #step(): Size { return this.#at++; }
      deadMember(): void {}
    }`,
  "lib/dead.ts": `
    export function dead(): void { deadHelper(); }
    function deadHelper(): void { dead(); }`,
  "lib/lazy.ts": `
    import type { Shape } from "./mod.ts";
    export const lazy = ({ size }: Shape) => size;
    for (const at of [1]) registered(at);
    function registered(_: number): void {}
    export const deadToo = 1;`,
  "lib/dead_file.ts": `import { used } from "./mod.ts"; used(() => 1);`,
};

Deno.test("reachOf finds what no code leads to, whatever passes it on", async () => {
  await using dir = await tempDir();
  for (const [name, text] of Object.entries(PROJECT)) await dir.write(name, text);
  const { unreached, needless } = reachOf(dir.path, {});
  assert.deepEqual(unreached.map(({ id }) => id), [
    "lib/dead.ts#dead",
    "lib/dead.ts#deadHelper",
    "lib/dead_file.ts#*",
    "lib/lazy.ts#deadToo",
    "lib/things.ts#Counter.deadMember",
    "lib/things.ts#DeadSize",
  ]);
  assert.deepEqual(needless, []);
});

Deno.test("reachOf keeps what has a reason with all it needs, and names a reason without a use", async () => {
  await using dir = await tempDir();
  for (const [name, text] of Object.entries(PROJECT)) await dir.write(name, text);
  const { unreached, needless } = reachOf(dir.path, {
    "lib/dead.ts#dead": "it is planned",
    "lib/lazy.ts#deadToo": "it is planned",
    "lib/things.ts#Counter.deadMember": "it is planned",
    "lib/things.ts#used": "it is used long since",
    "lib/gone.ts#gone": "it was planned",
  });
  assert.deepEqual(unreached.map(({ id }) => id), ["lib/dead_file.ts#*", "lib/things.ts#DeadSize"]);
  assert.deepEqual(needless, ["lib/things.ts#used", "lib/gone.ts#gone"]);
});
