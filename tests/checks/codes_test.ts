import assert from "node:assert/strict";
import { codesIn, codesOf, explained } from "../../scripts/checks/codes.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

Deno.test("docs/recovery.md explains each code that lib/ can give a person", async () => {
  const known = explained(await Deno.readTextFile(`${ROOT}/docs/recovery.md`));
  const codes = await codesOf(ROOT);
  assert.ok(codes.size > 100, "the codes are found");
  const missing = [...codes].flatMap(([code, [file]]) =>
    known.has(code) ? [] : [`${code} (${file})`]
  );
  assert.deepEqual(missing, [], "add a row: what happened, why, what to do");
});

Deno.test("codesIn finds a code in each way it is written, and nothing else", () => {
  const text = `
    throw new LabferryError("one_code", "what", { hint: "not_this" });
    throw new TransportError(
      isFull ? "two_codes" : "three",
      "what",
    );
    super("four_codes", "what");
    return problem(c, 404, "five_codes", "what");
    log("info", "not_this_either");
  `;
  assert.deepEqual([...codesIn(text)].sort(), [
    "five_codes",
    "four_codes",
    "one_code",
    "three",
    "two_codes",
  ]);
});
