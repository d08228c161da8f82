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

Deno.test("editJson applies changes in order, also those that build on one another", () => {
  const set = (path: (string | number)[], value: unknown): JsonChange => ({
    kind: "set",
    path,
    value,
  });
  const append = (path: (string | number)[], value: unknown): JsonChange => ({
    kind: "append",
    path,
    value,
  });
  const cases: [string, JsonChange[], string][] = [
    ["{}", [set(["a"], 1), set(["b"], 2)], '{"a":1,"b":2}'],
    ["{}", [set(["a"], {}), set(["a", "b"], [1]), append(["a", "b"], 2)], '{"a":{"b":[1,2]}}'],
    ['{"l":[]}', [append(["l"], 1), append(["l"], 2), append(["l"], 3)], '{"l":[1,2,3]}'],
    ['{"l":[0]}', [append(["l"], 1), set(["z"], 1), append(["l"], 2)], '{"l":[0,1,2],"z":1}'],
    ['{"a":1,"b":2}', [set(["b"], 3), set(["a"], 4), set(["b"], 5)], '{"a":4,"b":5}'],
    ['{"a":{"x":1}}', [set(["a", "x"], 2), set(["a"], 3), set(["c"], 1)], '{"a":3,"c":1}'],
    ['{"l":[{}]}', [set(["l", 0, "id"], 1), append(["l"], 2)], '{"l":[{"id":1},2]}'],
  ];
  for (const [before, changes, after] of cases) assert.equal(edit(before, ...changes), after);
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

Deno.test("editJson: many changes at once equal the same changes one by one", () => {
  const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 });
  const value = fc.constantFrom<unknown>(1, {}, [], { a: 1 }, { b: { c: [] } });
  const change = fc.record({ kind: fc.constant("set" as const), path, value });
  const start = fc.constantFrom(
    "{}",
    '{"a": {"b": {}}, "c": 1.0}',
    '{\n  "a": {},\n  "b": {"c": 2}\n}',
  );
  const tried = (run: () => string) => {
    try {
      return run();
    } catch (error) {
      return (error as Error).message;
    }
  };
  fc.assert(fc.property(start, fc.array(change, { maxLength: 6 }), (text, changes) => {
    const single = tried(() => changes.reduce<string>((current, one) => edit(current, one), text));
    assert.equal(tried(() => edit(text, ...changes)), single);
  }));
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
