import assert from "node:assert/strict";
import { ReportStore } from "../../lib/reports/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { documentedRoutes } from "./checked_answer.ts";
import { fakeControl, jobOf, uuidOf } from "./fake_control.ts";
import { fakeGate } from "./fake_gate.ts";
import { fakeLists, SETTINGS } from "./fake_lists.ts";
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
  const { pattern, ...run } = enqueue.properties.run as { readonly pattern: string };
  assert.deepEqual(run, { type: "string", minLength: 1, maxLength: 32_768 });
  assert.ok(new RegExp(pattern).test("/data/a") && !new RegExp(pattern).test("/data/\0"));
  const jobs = paths["/jobs"]!.get!.parameters!;
  assert.deepEqual(jobs.map(({ name }) => name), ["state", "equipment", "limit", "cursor"]);
  assert.deepEqual(jobs[2]!.schema, { type: "integer", minimum: 1, maximum: 5_000, default: 200 });
  const [id] = paths["/jobs/{id}/retry"]!.post!.parameters!;
  assert.deepEqual([id!.name, id!.in], ["id", "path"]);
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { summary }] of Object.entries(operations)) {
      assert.ok(summary, `${method} ${path} says what it is for`);
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
  assert.equal(asked, 6);
});

/** In the document and not there, or there and not in the document: both would be found here. */
Deno.test("each route of the app is in the document, and each in the document is there", async () => {
  await using dir = await tempDir();
  const { app, ask, askWithToken, closing } = openHouse(fakeControl([jobOf()]), {
    gate: fakeGate(),
    lists: fakeLists(),
    settings: () => Promise.resolve(SETTINGS),
    reports: new ReportStore(dir.join("reports")),
  });
  const { paths } = await (await ask("/api/v1/openapi.json")).json() as { paths: Paths };
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`)
  );
  const there = app.routes
    .filter(({ path, method }) => path.startsWith("/api/v1/") && ["GET", "POST"].includes(method))
    .map(({ method, path }) =>
      `${method.toLowerCase()} ${path.slice("/api/v1".length).replaceAll(/:(\w+)/g, "{$1}")}`
    );
  assert.deepEqual(documented.toSorted(), [...new Set(there)].toSorted());
  for (const one of documented) {
    const [method, path] = one.split(" ") as [string, string];
    const address = `/api/v1${path.replaceAll(/\{\w+\}/g, "nobody")}`;
    const answer = await askWithToken(address, { method: method.toUpperCase() });
    const isProblem = answer.headers.get("content-type") === "application/problem+json";
    if (isProblem) assert.notEqual((await answer.json()).code, "not_found", one);
    else await answer.body?.cancel();
  }
  closing.abort();
});

Deno.test("each route says what it answers, and the document can be read by a program", async () => {
  const { document } = await house();
  for (const { method, path, notes } of documentedRoutes()) {
    assert.ok(notes.answer?.shape || notes.answer?.mediaType, `${method} ${path}`);
  }
  const text = JSON.stringify(document);
  const names = Object.keys(document.components.schemas);
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(names.includes(name!), `${name} is referred to and not there`);
  }
  assert.ok(names.length > 15);
  assert.doesNotMatch(text, /"\$(id|schema|defs)"/);
});

Deno.test("a refused request says which of its keys is wrong, by a pointer", async () => {
  const { ask, askWithToken } = await house();
  const accept_missing = { operator: "", reason: 7 };
  const body = JSON.stringify({ accept_missing, "a/b~c": 1 });
  const answer = await askWithToken("/api/v1/jobs/x/retry", { method: "POST", body });
  assert.equal(answer.status, 400);
  const { errors } = await answer.json();
  assert.deepEqual(errors.map(({ path }: { path: string }) => path), [
    "/accept_missing/operator",
    "/accept_missing/reason",
    "",
  ]);
  const query = await (await ask("/api/v1/jobs?stat=failed&limit=0")).json();
  assert.deepEqual(query.errors.map((one: { in: string; path: string }) => [one.in, one.path]), [
    ["query", "/limit"],
    ["query", ""],
  ]);
  const broken = await askWithToken("/api/v1/enqueue", { method: "POST", body: "{" });
  assert.equal((await broken.json()).errors[0].path, "");
});

Deno.test("a misspelt key is refused: a pause of one equipment is never a pause of all", async () => {
  const { askWithToken } = await house();
  const body = JSON.stringify({ equpment: "FLOW_01" });
  const answer = await askWithToken("/api/v1/pause", { method: "POST", body });
  assert.equal(await codeOf(answer), "400 usage");
});

Deno.test("jobs come in pages, and a cursor is only taken as it was given", async () => {
  const jobs = Array.from({ length: 5 }, (_, i) => jobOf({ id: uuidOf(i) }));
  const { ask } = openHouse(fakeControl(jobs));
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await (await ask(`/api/v1/jobs?limit=2${query}`)).json();
    seen.push(...page.jobs.map(({ id }: { id: string }) => id));
    cursor = page.next;
  } while (cursor !== null);
  assert.deepEqual(seen, jobs.map(({ id }) => id));
  for (const wrong of ["x", "%00", btoa('["files","a"]'), btoa('["jobs",7]'), btoa("{}")]) {
    assert.equal(await codeOf(await ask(`/api/v1/jobs?cursor=${wrong}`)), "400 usage", wrong);
  }
});
