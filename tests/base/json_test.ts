import assert from "node:assert/strict";
import { MalformedJson, parseJson } from "../../lib/base/json.ts";

function refusal(source: Uint8Array | string, limits = {}): MalformedJson {
  try {
    parseJson(source, limits);
  } catch (error) {
    assert.ok(error instanceof MalformedJson, String(error));
    return error;
  }
  throw new Error(`accepted ${source.slice(0, 60)}`);
}

Deno.test("parseJson names line, column and reason of what is wrong", () => {
  const cases: [string, string, number, number][] = [
    ['{"a": 1,\n "b": }', "expected a value", 2, 7],
    ['{"a": 1,\n "b": 2,}', "expected a name in double quotes", 2, 9],
    ['{"a": [1,]}', "expected a value", 1, 10],
    ['{"a": 1 "b": 2}', "expected a comma", 1, 9],
    ['{"a" 1}', "expected a colon", 1, 6],
    ['// no\n{"a": 1}', "comments are not allowed", 1, 1],
    ['{"a": 1} {"b": 2}', "something follows the end of the value", 1, 10],
    ['{"a": nope}', "unexpected word", 1, 7],
    ['{"a": "tab\there"}', "control character within a text", 1, 7],
    ['{"a":\u00a01}', "unexpected character U+00A0", 1, 6],
    ['{"a":\v1}', "unexpected character U+000B", 1, 6],
    ["{'a': 1}", "unexpected word", 1, 2],
    ['\ufeff{"a": 1}', "it begins with a byte order mark", 1, 1],
    ["", "it is empty", 1, 1],
    [" \n ", "it is empty", 1, 1],
    ["\0\0\0\0", "unexpected character U+0000", 1, 1],
  ];
  for (const [text, reason, line, column] of cases) {
    const error = refusal(text);
    assert.equal(error.reason, reason, text);
    assert.deepEqual(error.position, { line, column }, text);
    assert.match(error.message, new RegExp(`line ${line}, column ${column}`));
  }
});

Deno.test("parseJson says that a truncated text ends too early", () => {
  const whole = '{"a": {"b": [1, 2, "three"]}, "c": true}';
  for (let length = 1; length < whole.length; length++) {
    const error = refusal(whole.slice(0, length));
    assert.ok(error.position, whole.slice(0, length));
    assert.match(error.reason, /ends too early|unexpected|number|expected|closed/);
  }
  assert.match(refusal('{"a": {').reason, /ends too early/);
});

Deno.test("parseJson refuses everything that JSON.parse refuses and takes what it takes", () => {
  const texts = ["01", "1.", ".5", "+1", "-", "1e", "NaN", '"\\x"', '"\\u12"', "[1}", "{]", "tru"];
  for (const text of texts) refusal(text);
  for (
    const text of ["-0", "1E+2", "1e400", '"\\ud800"', "[]", "{}", " 1\r\n", '{"__proto__":1}']
  ) {
    assert.deepEqual(parseJson(text).value, JSON.parse(text));
  }
});

Deno.test("parseJson names the place of the byte that is not UTF-8", () => {
  const bytes = new TextEncoder().encode('{\n  "a": "é?"}');
  bytes[bytes.indexOf(0x3f)] = 0xff;
  const error = refusal(bytes);
  assert.equal(error.reason, "it is not UTF-8");
  assert.deepEqual(error.position, { line: 2, column: 10 });
  const latin1 = Uint8Array.of(0x22, 0xe9, 0x22);
  assert.deepEqual(refusal(latin1).position, { line: 1, column: 2 });
  assert.deepEqual(refusal(Uint8Array.of(0xff)).position, { line: 1, column: 1 });
});

Deno.test("parseJson bounds depth without recursion and size without parsing", () => {
  assert.match(refusal("[".repeat(5_000_000)).reason, /nested deeper than 100 levels/);
  assert.deepEqual(refusal("[[[1]]]", { maxDepth: 2 }).position, { line: 1, column: 3 });
  assert.deepEqual(parseJson('"[[[[" ', { maxDepth: 1 }).value, "[[[[");
  assert.match(refusal(" ".repeat(101), { maxBytes: 100 }).reason, /the limit is 100 B/);
});

Deno.test("JsonDocument.duplicateKey compares keys unescaped, at every depth", () => {
  assert.equal(parseJson('{"a": {"b": 1}, "b": 2, "c": [{"b": 3}]}').duplicateKey(), null);
  const twice = parseJson('{"a": {"bc": 1,\n "b\\u0063": 2}}').duplicateKey();
  assert.deepEqual(twice, { key: "bc", position: { line: 2, column: 2 } });
});

Deno.test("JsonDocument.positionOf falls back to the nearest parent", () => {
  const document = parseJson('{\n  "a": {\n    "b": [1, 2]\n  }\n}');
  assert.deepEqual(document.positionOf(["a", "b", 1]), { line: 3, column: 14 });
  assert.deepEqual(document.positionOf(["a", "x", 1]), { line: 2, column: 8 });
  assert.deepEqual(document.positionOf([]), { line: 1, column: 1 });
});
