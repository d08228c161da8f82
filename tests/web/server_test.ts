import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { markDestination } from "../../lib/cli/destination.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { listen } from "../../lib/web/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { Hono } from "hono";
import { checkedAnswer } from "./checked_answer.ts";

interface Service extends AsyncDisposable {
  readonly lab: Lab;
  readonly daemon: RunningDaemon;
  readonly token: string;
  ask(path: string, init?: RequestInit): Promise<Response>;
}

async function startService(): Promise<Service> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await openLab());
  const { config, stateDir } = lab;
  const known = new KnownDestinations(stateDir.path);
  for (const equipment of config.equipment) {
    await markDestination(equipment, { stateDir, known, signal: new AbortController().signal });
  }
  const daemon = stack.use(await startDaemon({ config, stateDir }));
  const token = (await Deno.readTextFile(stateDir.tokenFile)).trim();
  const kept = stack.move();
  return {
    lab,
    daemon,
    token,
    async ask(path, init = {}) {
      const answer = await fetch(new URL(path, daemon.url), init);
      return await checkedAnswer(answer, { method: init.method, path });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

testWith(
  ["anyNames"],
  "the API takes a run through a real queue to a real destination",
  async () => {
    await using service = await startService();
    const { lab, ask, token } = service;
    const name = "<img src=x onerror=alert(1)>; 'x' & \u202ecsv.exe";
    const runPath = await lab.makeRun({ [name]: "a,b\n1,2\n" });
    const answer = await ask("/api/v1/enqueue", {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ run: runPath }),
    });
    const { job, created } = await answer.json();
    assert.equal(created, true);
    let now = job;
    const view = async () => now = await (await ask(`/api/v1/jobs/${job.id}`)).json();
    await until(async () => (await view()).state === "verified", {
      what: () => `the run to be verified: ${JSON.stringify(now)}`,
    });
    const { run_path, verification, files } = await view();
    assert.equal(run_path, runPath);
    assert.deepEqual([verification.strength, verification.matched, files], ["read_back", 1, 1]);
    const { files: listed } = await (await ask(`/api/v1/jobs/${job.id}/files`)).json();
    assert.deepEqual([listed[0].path, listed[0].proven, listed[0].local], [name, true, "here"]);
    assert.equal((await (await ask("/api/v1/runs?outcome=safe")).json()).total, 1);
    const activity = await (await ask("/api/v1/activity?kind=verified")).json();
    assert.deepEqual(activity.events.map((one: { job_id: string }) => one.job_id), [job.id]);
    assert.equal((await ask("/api/v1/storage")).status, 200);
    const home = await (await ask("/api/v1/home")).json();
    assert.deepEqual([home.answer.words, home.outcomes.safe], [["Your run is safe"], 1]);
    assert.deepEqual((await (await ask("/api/v1/filters")).json()).projects, ["Cortex Q3"]);
    const detail = await (await ask(`/api/v1/jobs/${job.id}/detail`)).json();
    assert.deepEqual(detail.passes.map((one: { outcome: string }) => one.outcome), ["passed"]);
    assert.equal(detail.way.find((one: { name: string }) => one.name === "sent").stand, "done");
    const { proven } = await (await ask("/api/v1/copies")).json();
    assert.deepEqual(proven.map((one: { job: { id: string } }) => one.job.id), [job.id]);
    const history = await (await ask(`/api/v1/jobs/${job.id}/history`)).json();
    assert.equal(history.events.at(-1).kind, "verified");
    const status = await (await ask("/api/v1/status")).json();
    assert.equal(status.counts.verified, 1);
    assert.deepEqual(status.destinations.map(({ state }: { state: string }) => state), ["up"]);
    assert.equal((await (await ask("/api/v1/jobs?state=failed")).json()).jobs.length, 0);
  },
);

Deno.test("the service keeps its door: raw requests with a foreign Host or no token", async () => {
  await using service = await startService();
  const { port } = new URL(service.daemon.url);
  const cases: [string, string][] = [
    [`GET /api/v1/status HTTP/1.1\r\nHost: evil.example:${port}`, "403"],
    [`GET http://127.0.0.1:${port}/api/v1/status HTTP/1.1\r\nHost: evil.example`, "403"],
    [`GET /api/v1/events HTTP/1.1\r\nHost: evil.example:${port}`, "403"],
    [`POST /api/v1/pause HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 0`, "401"],
    [
      `POST /api/v1/pause HTTP/1.1\r\nHost: evil.example:${port}\r\nOrigin: http://evil.example:${port}\r\n` +
      `Authorization: Bearer ${service.token}\r\nContent-Length: 0`,
      "403",
    ],
    [`GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:${port}`, "404"],
    [`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}`, "200"],
  ];
  for (const [request, status] of cases) {
    assert.equal(await statusOfRaw(Number(port), request), status, request);
  }
  assert.deepEqual((await service.daemon.control.status()).paused, []);
});

async function statusOfRaw(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`${request}\r\nConnection: close\r\n\r\n`));
  const bytes = new Uint8Array(65_536);
  const length = await connection.read(bytes);
  return new TextDecoder().decode(bytes.subarray(0, length ?? 0)).split(" ")[1] ?? "";
}

Deno.test("GET /api/v1/openapi.json names only routes that the service has", async () => {
  await using service = await startService();
  const { paths } = await (await service.ask("/api/v1/openapi.json")).json();
  for (const [path, methods] of Object.entries(paths as Record<string, object>)) {
    for (const method of Object.keys(methods)) {
      const init = {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${service.token}` },
      };
      const answer = await service.ask(`/api/v1${path.replaceAll(/\{\w+\}/g, "nobody")}`, init);
      const isProblem = answer.headers.get("content-type") === "application/problem+json";
      const code = isProblem ? (await answer.json()).code : await answer.body?.cancel();
      assert.notEqual(code, "not_found", `${method} ${path}`);
    }
  }
});

Deno.test("a huge body is refused by the service, and it goes on answering", async () => {
  await using service = await startService();
  const { ask, token } = service;
  const headers = { authorization: `Bearer ${token}` };
  const big = await ask("/api/v1/enqueue", {
    method: "POST",
    headers,
    body: "x".repeat(1_000_000),
  });
  assert.equal((await big.json()).code, "body_too_large");
  assert.equal((await ask("/healthz").then((answer) => answer.json())).ok, true);
});

Deno.test("stop ends event streams, also one that nobody reads", async () => {
  const service = await startService();
  const { port } = new URL(service.daemon.url);
  const read = await service.ask("/api/v1/events");
  using stalled = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await stalled.write(
    new TextEncoder().encode(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
  );
  await until(() => service.daemon.news.readers === 2, { what: "both readers" });
  const filling = "x".repeat(100_000);
  for (let i = 0; i < 400; i++) {
    service.daemon.news.publish("finding", { filling });
    await new Promise((resolve) => setTimeout(resolve));
  }
  const from = performance.now();
  const ended = receivedOf(read);
  await service.daemon.stop();
  assert.ok(performance.now() - from < 15_000, "the service took too long to end");
  assert.match(await ended, /^: connected/);
  assert.equal(service.daemon.news.readers, 0);
  await service.daemon.stop(); // once more is no fault
  await service[Symbol.asyncDispose]();
});

/** What came until the end, also one that cut off a reader who was too slow for it. */
async function receivedOf({ body }: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body!) text += decoder.decode(chunk, { stream: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  return text;
}

Deno.test("stop lets what was asked be answered, and does not wait for what never is", async () => {
  const asked = Promise.withResolvers<void>();
  const hanging = Promise.withResolvers<void>();
  const app = new Hono();
  app.get("/slow", async (c) => {
    asked.resolve();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return c.text("answered".repeat(10_000));
  });
  app.get("/never", () => {
    hanging.resolve();
    return new Promise<Response>(() => {});
  });
  const first = await listen({ hostname: "127.0.0.1", port: 0, app: () => app });
  const slow = fetch(new URL("/slow", first.url)).then((answer) => answer.text());
  await asked.promise;
  await first.stop();
  assert.equal((await slow).length, 80_000);

  const second = await listen({ hostname: "127.0.0.1", port: 0, app: () => app });
  const never = fetch(new URL("/never", second.url)).then((answer) => answer.text());
  const refused = assert.rejects(never);
  await hanging.promise;
  await second.stop();
  await refused;
});

Deno.test("listen says whose port it wanted when it is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await assert.rejects(
    listen({ hostname: "127.0.0.1", port, app: () => new Hono() }),
    (error: LabferryError) => error.code === "port_taken" && error.message.includes(String(port)),
  );
});
