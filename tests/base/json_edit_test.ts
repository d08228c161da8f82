import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJson } from "../../lib/base/json.ts";
import { editJson, type JsonChange } from "../../lib/base/json_edit.ts";

function edit(text: string, ...changes: JsonChange[]): string {
  return editJson(parseJson(text), changes);
}

Deno.test("editJson follows the layout around the place it edits", () => {
  const set = (value: unknown): JsonChange => ({ kind: "set", path: ["k"], value });
  const append = (value: unknown): JsonChange => ({ kind: "append", path: ["l"], value });
  const cases: [string, JsonChange, string][] = [
    ['{"a":1}', set(2), '{"a":1,"k":2}'],
    ['{"a": 1}', set({ x: [1, 2] }), '{"a": 1, "k": {"x": [1, 2]}}'],
    ['{\n  "a": 1\n}\n', set(2), '{\n  "a": 1,\n  "k": 2\n}\n'],
    ['{\r\n\t"a": 1\r\n}', set([2]), '{\r\n\t"a": 1,\r\n\t"k": [\r\n\t\t2\r\n\t]\r\n}'],
    ["{}", set(1), '{"k":1}'],
    ["{ }", set(1), '{"k":1 }'],
    ['{"k" : 1.0 , "z":1e400}', set(2), '{"k" : 2 , "z":1e400}'],
    ['{"l":[]}', append(1), '{"l":[1]}'],
    ['{"l": [1, 2] }', append({ a: 1 }), '{"l": [1, 2, {"a": 1}] }'],
    ['{\n  "l": []\n}', append({ a: 1 }), '{\n  "l": [\n    {\n      "a": 1\n    }\n  ]\n}'],
    ['{\n  "l": [\n  ]\n}', append(1), '{\n  "l": [\n    1\n  ]\n}'],
    ['{\n  "l": [\n    0\n  ]\n}', append(1), '{\n  "l": [\n    0,\n    1\n  ]\n}'],
  ];
  for (const [before, change, after] of cases) assert.equal(edit(before, change), after);
});

Deno.test("editJson leaves the text alone when the value is there already", () => {
  const text = '{"k":"a" , "l":[ 1.0 ]}';
  assert.equal(edit(text, { kind: "set", path: ["k"], value: "a" }), text);
});

Deno.test("editJson refuses to edit where a key occurs twice", () => {
  const text = '{"a": 1, "b": {"k": 1, "k": 2}}';
  assert.throws(() => edit(text, { kind: "set", path: ["a"], value: 2 }), {
    code: "duplicate_key",
  });
});

Deno.test("editJson refuses to append to what is not a list", () => {
  assert.throws(
    () => edit('{"l": {}}', { kind: "append", path: ["l"], value: 1 }),
    /not a JSON array/,
  );
});

Deno.test("editJson: setting any key in any object equals setting it in the value", () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue());
  const layouts = fc.constantFrom(undefined, 1, 2, "\t");
  fc.assert(
    fc.property(objects, fc.string(), fc.jsonValue(), layouts, (object, key, value, space) => {
      fc.pre(key !== "__proto__" && !Object.hasOwn(object, "__proto__"));
      const text = JSON.stringify(object, null, space);
      const after = edit(text, { kind: "set", path: [key], value });
      const plain = (x: unknown) => JSON.parse(JSON.stringify(x));
      assert.deepEqual(JSON.parse(after), { ...plain(object), [key]: plain(value) });
    }),
    { numRuns: 200 },
  );
});
