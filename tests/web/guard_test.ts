import assert from "node:assert/strict";
import { fakeControl, jobOf } from "./fake_control.ts";
import { codeOf, cookieOf, openHouse, OUR_HOST, TOKEN } from "./house.ts";

const READS = [
  "/",
  "/runs/job",
  "/problems",
  "/site.css",
  "/live.js",
  "/healthz",
  "/metrics",
  "/api/v1/status",
  "/api/v1/jobs",
  "/api/v1/events",
  "/api/v1/openapi.json",
  "/open/guess",
  "/nothing",
];

Deno.test("hostGuard refuses every route to a Host that is not ours", async () => {
  const { ask, sessions } = openHouse();
  const link = sessions.createLink();
  for (
    const host of [
      "evil.example",
      `evil.example:8787`,
      "127.0.0.1",
      "127.0.0.1:80",
      "127.0.0.1.evil.example:8787",
      "localhost.evil.example:8787",
      "10.0.0.1:8787",
      "0.0.0.0:8787",
      "127.999.0.1:8787",
      "[::1%25eth0]:8787",
      "127.0.0.1:8787@evil.example",
      "",
    ]
  ) {
    for (const path of [...READS, `/open/${link}`]) {
      assert.equal(
        await codeOf(await ask(path, { headers: { host } })),
        "403 foreign_host",
        `${host} ${path}`,
      );
    }
  }
  assert.equal((await ask(`/open/${link}`)).status, 200); // the refusals did not use it up
});

Deno.test("hostGuard lets every loopback name of ours in", async () => {
  const { ask } = openHouse();
  for (
    const host of [OUR_HOST, "localhost:8787", "LOCALHOST:8787", "[::1]:8787", "127.0.0.2:8787"]
  ) {
    assert.equal((await ask("/healthz", { headers: { host } })).status, 200, host);
  }
  const onPort80 = openHouse(fakeControl(), { port: 80 });
  assert.equal((await onPort80.ask("/healthz", { headers: { host: "localhost" } })).status, 200);
});

Deno.test("hostGuard refuses a rebound name even when Origin and token fit", async () => {
  const { ask, control } = openHouse(fakeControl([jobOf()]));
  const answer = await ask("/api/v1/pause", {
    method: "POST",
    headers: {
      host: "evil.example:8787",
      origin: "http://evil.example:8787",
      "sec-fetch-site": "same-origin",
      authorization: `Bearer ${TOKEN}`,
    },
  });
  assert.equal(await codeOf(answer), "403 foreign_host");
  assert.deepEqual(control.changes, []);
});

Deno.test("hostGuard lets no other site load anything, and lets people follow links", async () => {
  const { ask } = openHouse();
  for (const site of ["cross-site", "same-site"]) {
    for (const mode of ["no-cors", "cors", "same-origin"]) {
      for (const path of READS) {
        const headers = { "sec-fetch-site": site, "sec-fetch-mode": mode };
        assert.equal(await codeOf(await ask(path, { headers })), "403 foreign_origin", path);
      }
    }
    const clicked = { "sec-fetch-site": site, "sec-fetch-mode": "navigate" };
    assert.equal((await ask("/", { headers: clicked })).status, 200);
  }
  for (const site of ["same-origin", "none"]) {
    assert.equal(
      (await ask("/api/v1/status", { headers: { "sec-fetch-site": site } })).status,
      200,
    );
  }
});

const CHANGES = [
  "/api/v1/pause",
  "/api/v1/resume",
  "/api/v1/retry",
  "/api/v1/enqueue",
  "/api/v1/session-link",
  ...["retry", "cancel", "verify", "pin", "unpin"].map((verb) =>
    `/api/v1/jobs/${jobOf().id}/${verb}`
  ),
];

Deno.test("changeGuard asks every change for the token", async () => {
  const { ask, control } = openHouse(fakeControl([jobOf()]));
  const unknown = [
    {},
    { authorization: "Bearer wrong" },
    { authorization: `Basic ${TOKEN}` },
    { authorization: TOKEN },
    { authorization: `Bearer ${TOKEN}x` },
    { cookie: "labferry_session_8787=guess" },
    { cookie: `labferry_session_8787=${TOKEN}` },
  ];
  for (const path of CHANGES) {
    for (const headers of unknown) {
      const answer = await ask(path, {
        method: "POST",
        headers: headers as Record<string, string>,
      });
      assert.equal(
        await codeOf(answer),
        "401 token_required",
        `${path} ${JSON.stringify(headers)}`,
      );
    }
  }
  assert.deepEqual(control.changes, []);
});

Deno.test("changeGuard refuses changes that another site asks for, with the token too", async () => {
  const { askWithToken, control } = openHouse(fakeControl([jobOf()]));
  const foreign = [
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "https://127.0.0.1:8787" },
    { origin: "http://127.0.0.1:9999" },
    { origin: "http://localhost:8787" },
    { origin: "http://127.0.0.1:8787.evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", origin: `http://${OUR_HOST}` },
  ];
  for (const headers of foreign) {
    const answer = await askWithToken("/api/v1/pause", {
      method: "POST",
      headers: headers as Record<string, string>,
    });
    assert.equal(await codeOf(answer), "403 foreign_origin", JSON.stringify(headers));
  }
  assert.deepEqual(control.changes, []);
});

Deno.test("changeGuard lets the command line and our own page change things", async () => {
  const { askWithToken, ask, sessions, control } = openHouse();
  assert.equal((await askWithToken("/api/v1/pause", { method: "POST" })).status, 200);
  const cookie = cookieOf(await ask(`/open/${sessions.createLink()}`));
  const page = { cookie, origin: `http://${OUR_HOST}`, "sec-fetch-site": "same-origin" };
  assert.equal((await ask("/api/v1/resume", { method: "POST", headers: page })).status, 200);
  assert.deepEqual(control.changes, ["pause *", "resume *"]);
});

Deno.test("changeGuard takes the method as it is, whatever a header calls it", async () => {
  const { ask, control } = openHouse(fakeControl([jobOf()]));
  for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
    const headers = { [name]: "POST", authorization: `Bearer ${TOKEN}` };
    assert.equal((await ask("/api/v1/pause?_method=POST", { headers })).status, 404);
    const disguised = await ask("/api/v1/pause", { method: "POST", headers: { [name]: "GET" } });
    assert.equal(await codeOf(disguised), "401 token_required");
  }
  for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
    assert.equal(
      await codeOf(await ask("/api/v1/pause", { method })),
      "401 token_required",
      method,
    );
  }
  assert.deepEqual(control.changes, []);
});

Deno.test("changeGuard is not fooled by paths", async () => {
  const { ask, control } = openHouse(fakeControl([jobOf()]));
  for (
    const path of [
      "//api/v1/pause",
      "/api/v1//pause",
      "/api/v1/pause/",
      "/API/V1/PAUSE",
      "/api/v1/%70ause",
      "/api/v1/../v1/pause",
      "/api%2fv1%2fpause",
      "/site.css/../api/v1/pause",
      "/api/v1/jobs/%2e%2e/pause",
      "/api/v1/pause%00",
      "/api/v1/pause;x=.css",
    ]
  ) {
    assert.equal(await codeOf(await ask(path, { method: "POST" })), "401 token_required", path);
  }
  assert.deepEqual(control.changes, []);
});

Deno.test("every answer carries the protecting headers and none that opens it to others", async () => {
  const { ask, closing } = openHouse();
  const refused = { host: "evil.example" };
  const answers = [
    ...await Promise.all(READS.map((path) => ask(path))),
    await ask("/", { headers: refused }),
    await ask("/api/v1/pause", { method: "POST" }),
    await ask("/api/v1/pause", {
      method: "OPTIONS",
      headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
    }),
  ];
  for (const { headers, url, status } of answers) {
    const about = `${status} ${url}`;
    assert.equal(headers.get("x-content-type-options"), "nosniff", about);
    assert.equal(headers.get("x-frame-options"), "DENY", about);
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin", about);
    assert.equal(headers.get("cache-control"), "no-store", about);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/, about);
    assert.match(policy, /frame-ancestors 'none'/, about);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/, about);
    assert.deepEqual(
      [...headers.keys()].filter((name) => name.startsWith("access-control")),
      [],
      about,
    );
  }
  closing.abort();
});
