/** What another site, another account or a careless script could try, on every route there is. */
import assert from "node:assert/strict";
import { ReportStore } from "../../lib/reports/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { fakeControl, jobOf } from "./fake_control.ts";
import { fakeGate } from "./fake_gate.ts";
import { fakeLists, SETTINGS } from "./fake_lists.ts";
import { codeOf, cookieOf, openHouse, TOKEN } from "./house.ts";

const HOSTILE =
  `<script>alert(1)</script>"'><img src=x onerror=alert(1)> \u202egnp.exe\u0007\u0000`;

/** With everything a service can have, and every path of it once. */
async function wholeHouse() {
  const dir = await tempDir();
  const reports = new ReportStore(dir.join("reports"));
  const report = await reports.create({ title: "Cortex" }, { actor: "human" });
  const job = jobOf();
  const gate = fakeGate();
  const house = openHouse(fakeControl([job]), {
    gate,
    reports,
    lists: fakeLists(["a.csv"]),
    settings: () => Promise.resolve(SETTINGS),
  });
  const addressOf = (path: string) =>
    path.replace(":id", path.includes("/reports/") ? report.id : job.id)
      .replace(":equipment", "FLOW_01").replace(":link", "guess").replaceAll(/:\w+/g, "x");
  const paths = (method: string) => [
    ...new Set(
      house.app.routes.filter((route) => route.method === method && !route.path.includes("*"))
        .map(({ path }) => addressOf(path)),
    ),
  ];
  const changes = () => [...house.control.changes, ...gate.changes];
  return {
    ...house,
    gate,
    report,
    reads: paths("GET"),
    writes: paths("POST"),
    changes,
    async versionOf() {
      return (await report.read()).outline.outline_version;
    },
    async [Symbol.asyncDispose]() {
      house.closing.abort();
      await dir[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a forged Host is refused on every route, event streams too, with the token too", async () => {
  await using house = await wholeHouse();
  assert.ok(house.reads.length > 25 && house.writes.length > 20);
  assert.ok(house.reads.includes("/api/v1/events"));
  for (
    const host of [
      "evil.example:8787",
      "127.0.0.1.nip.io:8787",
      "localhost:80",
      "[::ffff:7f00:1]:8787",
    ]
  ) {
    const headers = { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
    for (const path of house.reads) {
      assert.equal(await codeOf(await house.ask(path, { headers })), "403 foreign_host", path);
    }
    for (const path of house.writes) {
      const answer = await house.askWithToken(path, { method: "POST", headers });
      assert.equal(await codeOf(answer), "403 foreign_host", path);
    }
  }
  assert.deepEqual(house.changes(), []);
});

Deno.test("another site reads nothing and changes nothing, on every route", async () => {
  await using house = await wholeHouse();
  for (const path of house.reads) {
    const headers = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "cors",
      origin: "http://evil.example",
    };
    assert.equal(await codeOf(await house.ask(path, { headers })), "403 foreign_origin", path);
  }
  const cookie = cookieOf(await house.ask(`/open/${house.sessions.createLink()}`));
  for (const path of house.writes) {
    for (
      const foreign of [
        { origin: "http://evil.example" },
        { origin: "null" },
        { "sec-fetch-site": "same-site" },
        { origin: "http://localhost:9999" },
      ]
    ) {
      const headers = { cookie, authorization: `Bearer ${TOKEN}`, ...foreign };
      const answer = await house.ask(path, { method: "POST", headers: headers as HeadersInit });
      assert.equal(await codeOf(answer), "403 foreign_origin", path);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
    }
  }
  assert.deepEqual(house.changes(), []);
});

Deno.test("a missing, wrong or replayed token changes nothing, on every route", async () => {
  await using house = await wholeHouse();
  // A session of the service before its restart, and one of another labferry on this PC.
  const before = openHouse(fakeControl());
  const old = cookieOf(await before.ask(`/open/${before.sessions.createLink()}`));
  const link = house.sessions.createLink();
  const session = cookieOf(await house.ask(`/open/${link}`));
  const replayed = await house.ask(`/open/${link}`);
  assert.equal(replayed.status, 403);
  assert.equal(replayed.headers.get("set-cookie"), null);
  const wrong: Record<string, string>[] = [
    {},
    { authorization: "Bearer " },
    { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    { authorization: `bearer ${TOKEN}` },
    { authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` },
    { cookie: old },
    { cookie: session.replace("8787", "8788") },
    { cookie: `labferry_session_8787=${link}` },
    // A wrong token is not made good by a session.
    { authorization: "Bearer wrong", cookie: session },
  ];
  for (const path of house.writes) {
    for (const headers of wrong) {
      for (const where of [path, `${path}?token=${TOKEN}`]) {
        const answer = await house.ask(where, { method: "POST", headers });
        assert.equal(
          await codeOf(answer),
          "401 token_required",
          `${where} ${JSON.stringify(headers)}`,
        );
      }
    }
  }
  assert.deepEqual(house.changes(), []);
  assert.equal(await house.versionOf(), 1);
});

Deno.test("no GET changes anything, on every route, also of those that a POST has", async () => {
  await using house = await wholeHouse();
  const cookie = cookieOf(await house.ask(`/open/${house.sessions.createLink()}`));
  for (const path of [...house.reads, ...house.writes]) {
    for (const method of ["GET", "HEAD"]) {
      const headers = { cookie, authorization: `Bearer ${TOKEN}` };
      const answer = await house.ask(path, { method, headers });
      await answer.body?.cancel();
    }
  }
  assert.deepEqual(house.changes(), []);
  assert.equal(await house.versionOf(), 1);
});

Deno.test("every answer of every route carries the protecting headers", async () => {
  await using house = await wholeHouse();
  const answers: [string, Response][] = [];
  for (const path of [...house.reads, "/nothing", "/api/v1/nothing"]) {
    answers.push([path, await house.ask(path)]);
  }
  for (const path of house.writes) {
    answers.push([path, await house.ask(path, { method: "POST" })]);
    answers.push([path, await house.askWithToken(path, { method: "POST" })]);
  }
  for (const [path, { headers, body }] of answers) {
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("x-frame-options"), "DENY", path);
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin", path);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /unsafe-|\*|https?:/, path);
    await body?.cancel();
  }
});

Deno.test("markup, control and right-to-left characters come back as data, byte for byte", async () => {
  await using house = await wholeHouse();
  const at = `/api/v1/reports/${house.report.id}`;
  // Control characters are refused where a person writes; markup is text like any other.
  const shown = HOSTILE.replaceAll(/\p{Cc}/gu, "");
  const note = (text: string) => ({
    method: "POST",
    body: JSON.stringify({ text, author: "<b>Ada</b>" }),
  });
  assert.equal((await house.askWithToken(`${at}/notes`, note(HOSTILE))).status, 400);
  const added = await house.askWithToken(`${at}/notes`, note(shown));
  assert.equal(added.status, 201);
  const answer = await house.ask(at);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  assert.ok(JSON.stringify(await answer.json()).includes(JSON.stringify(shown).slice(1, -1)));
  const html = await (await house.ask(`${at}/html`)).text();
  assert.doesNotMatch(html, /<script|<img/);
  const unknown = await house.ask(`/api/v1/jobs/${encodeURIComponent(HOSTILE)}`);
  assert.equal(unknown.headers.get("content-type"), "application/problem+json");
  assert.ok((await unknown.json()).detail.includes("alert(1)"));
  // An address that holds such a name is shown as text to a browser that went there.
  const page = await house.ask(`/${encodeURIComponent(HOSTILE)}`, {
    headers: { accept: "text/html" },
  });
  assert.doesNotMatch(await page.text(), /<script|<img/);
  // No name becomes a header or an event of its own.
  house.news.publish("job", { name: "a\r\n\r\nevent: forged" });
  const equipment = encodeURIComponent("a\r\nSet-Cookie: x=y");
  const moved = await house.askWithToken(`/api/v1/destinations/${equipment}/moved`, {
    method: "POST",
  });
  assert.equal(moved.headers.get("set-cookie"), null);
});
