import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CEILING, positionalCount, positionalIn } from "../../scripts/checks/positional.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

Deno.test("no more functions of lib/ take over two positional arguments than before", async () => {
  const { functions, over } = await positionalCount(ROOT);
  assert.ok(functions > 2_000, "the functions are found");
  assert.ok(
    over.length <= CEILING,
    `${over.length} take more than two, ${CEILING} are allowed: \`deno run -A scripts/checks/positional.ts\` lists them`,
  );
});

Deno.test("positionalIn counts each kind of function with a body, and no mere signature", () => {
  const { functions, over } = positionalIn(
    `
    declare function declared(a: 1, b: 2, c: 3): void;
    interface Shape { method(a: 1, b: 2, c: 3): void }
    abstract class Base { abstract later(a: 1, b: 2, c: 3): void }
    type Call = (a: 1, b: 2, c: 3) => void;
    function plain(a: 1, b: 2, c: 3) {}
    const arrow = (a: 1, b: 2, c = 3) => a;
    class Made { constructor(a: 1, b: 2, c: 3) {} method(a: 1, ...rest: 2[]) {} }
    function bound(this: Made, a: 1, { b, c, d }: Made) {}
    [].map((a, b, c) => a);
    `,
    "some.ts",
  );
  assert.equal(functions, 6);
  assert.deepEqual(over.map(({ line, name, parameters }) => [line, name, parameters]), [
    [6, "plain", 3],
    [7, "arrow", 3],
    [8, "Made constructor", 3],
    [10, "a callback", 3],
  ]);
});
