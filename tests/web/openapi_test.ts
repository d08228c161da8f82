import assert from "node:assert/strict";
import { fakeControl, jobOf } from "./fake_control.ts";
import { fakeGate } from "./fake_gate.ts";
import { codeOf, openHouse } from "./house.ts";

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; schema: unknown }[];
  readonly requestBody?: {
    readonly content: { readonly "application/json": { readonly schema: BodySchema } };
  };
}
interface BodySchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

async function house() {
  const { ask, askWithToken } = openHouse(fakeControl([jobOf()]), { gate: fakeGate() });
  const document = await (await ask("/api/v1/openapi.json")).json();
  return { paths: document.paths as Paths, document, ask, askWithToken };
}

Deno.test("the OpenAPI document has each route with the schema that checks it", async () => {
  const { paths, document } = await house();
  assert.equal(document.openapi, "3.1.0");
  assert.deepEqual(Object.keys(paths["/overrides"]!).sort(), ["get", "post"]);
  const enqueue = paths["/enqueue"]!.post!.requestBody!.content["application/json"].schema;
  assert.deepEqual(enqueue.required, ["run"]);
  assert.deepEqual(enqueue.properties.run, { type: "string", minLength: 1, maxLength: 32_768 });
  const jobs = paths["/jobs"]!.get!.parameters!;
  assert.deepEqual(jobs.map(({ name }) => name), ["state", "equipment", "limit"]);
  assert.deepEqual(jobs[2]!.schema, { type: "integer", minimum: 1, maximum: 5_000, default: 200 });
  const [id] = paths["/jobs/{id}/retry"]!.post!.parameters!;
  assert.deepEqual([id!.name, id!.in], ["id", "path"]);
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { summary }] of Object.entries(operations)) {
      if (path !== "/openapi.json") assert.ok(summary, `${method} ${path} says what it is for`);
    }
  }
});

Deno.test("a body without what the document requires is refused, whatever its type is called", async () => {
  const { paths, askWithToken } = await house();
  let asked = 0;
  for (const [path, { post }] of Object.entries(paths)) {
    const schema = post?.requestBody?.content["application/json"].schema;
    if (!schema?.required) continue;
    asked++;
    const address = `/api/v1${path.replaceAll(/\{\w+\}/g, "nobody")}`;
    for (const type of ["application/json", "text/plain"]) {
      const headers = { "content-type": type };
      const answer = await askWithToken(address, { method: "POST", headers, body: "{}" });
      assert.equal(await codeOf(answer), "400 usage", `${path} ${type}`);
    }
  }
  assert.equal(asked, 4);
});
