/** `status --json` in docs/commands.md has exactly the keys of its shape. */
import assert from "node:assert/strict";
import * as z from "zod";
import { statusShape } from "../../lib/web/schemas/status.ts";

/** Written down where they are told of by themselves. */
const ELSEWHERE = ["jobs", "sessions"];
/** Keys that are no field's name. */
const TOLD_SO = ["<state>"];

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

function keysOf({ properties = {}, items, anyOf = [] }: Schema): string[] {
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      key,
      ...(ELSEWHERE.includes(key) ? [] : keysOf(inner)),
    ]),
    ...(items ? keysOf(items) : []),
    ...anyOf.flatMap(keysOf),
  ];
}

Deno.test("docs/commands.md has the keys of status --json, and no others", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/commands.md", import.meta.url));
  const [, told] = /^`status --json`: `(\{.+?\})`\. /m.exec(page)!;
  const keys = [...told!.matchAll(/"([^"]+)"/g)].map(([, key]) => key!);
  const wanted = keysOf(z.toJSONSchema(statusShape, { io: "input", reused: "inline" }) as Schema);
  assert.ok(wanted.length > 50);
  assert.deepEqual(
    keys.filter((key) => !TOLD_SO.includes(key)).toSorted(),
    wanted.toSorted(),
  );
});
