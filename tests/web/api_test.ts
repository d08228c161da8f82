import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { fakeControl, jobOf, uuidOf } from "./fake_control.ts";
import { codeOf, openHouse } from "./house.ts";

const HOSTILE = "Run_<script>alert('1')</script> \"&\" \u202e.csv";

Deno.test("GET /api/v1/status and jobs answer with the contract's fields", async () => {
  const job = jobOf();
  const { ask } = openHouse(fakeControl([job, jobOf({ id: uuidOf(2), state: "failed" })]));
  const status = await (await ask("/api/v1/status")).json();
  assert.deepEqual(Object.keys(status), [
    "daemon",
    "counts",
    "held",
    "not_proven",
    "alarmed",
    "handed_over",
    "destinations",
    "acquiring",
    "not_looked_after",
    "roots",
    "queue_fault",
    "overdue_passes",
    "broken_trails",
    "sessions",
    "storage",
    "paused",
    "pauses",
    "yielding",
    "jobs",
    "jobs_total",
  ]);
  assert.deepEqual(status.counts, { verified: 1, failed: 1 });
  assert.deepEqual(await (await ask(`/api/v1/jobs/${job.id}`)).json(), job);
  const failed = await (await ask("/api/v1/jobs?state=failed,queued")).json();
  assert.deepEqual(failed.jobs.map(({ id }: { id: string }) => id), [uuidOf(2)]);
  const one = await (await ask("/api/v1/jobs?limit=1")).json();
  assert.equal(one.jobs.length, 1);
});

Deno.test("GET /api/v1/lookup finds a run by its path, and refuses an empty question", async () => {
  const job = jobOf({ run_path: `/data/${HOSTILE}` });
  const { ask } = openHouse(fakeControl([job]));
  const query = new URLSearchParams({ run: job.run_path });
  assert.deepEqual(await (await ask(`/api/v1/lookup?${query}`)).json(), job);
  assert.equal(await codeOf(await ask("/api/v1/lookup")), "400 usage");
  const encoded = encodeURIComponent(job.run_path);
  assert.deepEqual(await (await ask(`/api/v1/jobs/${encoded}`)).json(), job);
});

Deno.test("errors are problem+json with a stable code, a detail and a hint", async () => {
  const { ask, askWithToken } = openHouse();
  const answer = await ask("/api/v1/jobs/nobody");
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await answer.json(), {
    type: "about:blank",
    title: "unknown_run",
    status: 404,
    detail: "nobody is not in the queue",
    code: "unknown_run",
    hint: "look again",
  });
  assert.equal(await codeOf(await ask("/api/v1/nothing")), "404 not_found");
  assert.equal(await codeOf(await ask("/api/v1/jobs?state=asleep")), "400 usage");
  assert.equal(await codeOf(await ask("/api/v1/jobs?limit=0")), "400 usage");
  assert.equal(await codeOf(await ask("/api/v1/jobs?limit=1e9")), "400 usage");
  for (const body of ["{", "[]", '{"run":7}', "{}", '"run"', `{"run":""}`]) {
    const refused = await askWithToken("/api/v1/enqueue", { method: "POST", body });
    assert.equal(await codeOf(refused), "400 usage", body);
  }
});

Deno.test("problemOf maps codes to statuses, and a fault of ours to 500", async () => {
  const control = fakeControl();
  const { askWithToken } = openHouse(control);
  const cases: [Error, string][] = [
    [new LabferryError("wrong_state", "w"), "409 wrong_state"],
    [new LabferryError("ambiguous_job", "a"), "409 ambiguous_job"],
    [new LabferryError("unreachable", "u"), "503 unreachable"],
    [new LabferryError("lock_timeout", "l"), "503 lock_timeout"],
    [new LabferryError("gate_blocked", "g"), "422 gate_blocked"],
    [new LabferryError("queue_io", "q"), "500 queue_io"],
    [new TypeError("x is undefined"), "500 internal"],
  ];
  for (const [error, expected] of cases) {
    control.retry = () => Promise.reject(error);
    assert.equal(
      await codeOf(await askWithToken("/api/v1/jobs/1/retry", { method: "POST" })),
      expected,
    );
  }
});

Deno.test("POST routes hand the request to the control, names byte for byte", async () => {
  const job = jobOf();
  const { askWithToken, control } = openHouse(fakeControl([job]));
  const post = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await askWithToken(`/api/v1${path}`, { method: "POST", ...init });
    assert.equal(answer.status, 200, path);
    return await answer.json();
  };
  const enqueued = await post("/enqueue", { run: `/data/${HOSTILE}` });
  assert.equal(enqueued.job.run_path, `/data/${HOSTILE}`);
  for (const verb of ["retry", "cancel", "verify", "pin", "unpin"]) {
    await post(`/jobs/${job.id}/${verb}`);
  }
  await post("/retry");
  await post("/pause", { equipment: "FLOW_01" });
  await post("/resume");
  assert.deepEqual(control.changes, [
    `enqueue /data/${HOSTILE}`,
    `retry ${job.id}`,
    `cancel ${job.id}`,
    `verify ${job.id}`,
    `pin ${job.id} true`,
    `pin ${job.id} false`,
    "retryAll",
    "pause FLOW_01",
    "resume *",
  ]);
});

Deno.test("a body beyond the limit is refused before it is read whole", async () => {
  const { askWithToken, control } = openHouse();
  const large = JSON.stringify({ run: "x".repeat(300_000) });
  const known = {
    method: "POST",
    body: large,
    headers: { "content-length": String(large.length) },
  };
  assert.equal(await codeOf(await askWithToken("/api/v1/enqueue", known)), "413 body_too_large");
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(stream) {
      pulled++;
      stream.enqueue(new Uint8Array(65_536));
    },
  });
  const unknown = { method: "POST", body: endless };
  assert.equal(await codeOf(await askWithToken("/api/v1/enqueue", unknown)), "413 body_too_large");
  assert.ok(pulled < 10, `${pulled} pieces were taken`);
  assert.deepEqual(control.changes, []);
});

Deno.test("HEAD is GET without a body, and changes nothing", async () => {
  const { ask, control, news } = openHouse(fakeControl([jobOf()]));
  for (
    const path of ["/", "/site.css", "/healthz", "/metrics", "/api/v1/status", "/api/v1/events"]
  ) {
    const answer = await ask(path, { method: "HEAD" });
    assert.equal(answer.status, 200, path);
    assert.equal(await answer.text(), "", path);
  }
  assert.equal((await ask("/api/v1/pause", { method: "HEAD" })).status, 404);
  assert.equal(news.readers, 0);
  assert.deepEqual(control.changes, []);
});

Deno.test("GET /metrics is Prometheus text and escapes what people named", async () => {
  const control = fakeControl([jobOf()]);
  control.statusNow = {
    destinations: [{
      name: 'N"A\\S\n1',
      address: "/nas",
      state: "down",
      code: "unreachable",
      reason: "off",
      hint: null,
      next_probe_at: null,
      closed_until: null,
    }],
    paused: ["*"],
  };
  const text = await (await openHouse(control).ask("/metrics")).text();
  assert.match(text, /^labferry_jobs\{state="verified"\} 1$/m);
  assert.match(text, /^labferry_jobs_not_proven 0$/m);
  assert.match(text, /^# HELP labferry_jobs .*awaiting_verify: being checked/m);
  assert.match(text, /^labferry_destination_up\{destination="N\\"A\\\\S\\n1"\} 0$/m);
  assert.match(text, /^labferry_paused\{equipment="\*"\} 1$/m);
  for (const line of text.trimEnd().split("\n")) assert.match(line, /^(# (HELP|TYPE) )?labferry_/);
});
