/** Attacks on a service that runs: paths that climb, and clients that take up all room. */
import assert from "node:assert/strict";
import { markDestination } from "../../lib/cli/destination.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { HttpControl } from "../../lib/web/mod.ts";
import { openLab } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { checkedAnswer } from "./checked_answer.ts";

async function startService() {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await openLab());
  const { config, stateDir } = lab;
  const known = new KnownDestinations(stateDir.path);
  const { signal } = new AbortController();
  for (const equipment of config.equipment) {
    await markDestination(equipment, { stateDir, known, signal });
  }
  const daemon = stack.use(await startDaemon({ config, stateDir }));
  const token = (await Deno.readTextFile(stateDir.tokenFile)).trim();
  const kept = stack.move();
  return { lab, daemon, token, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A fault of ours (500) is no refusal: whatever it was would have been tried. */
const isRefused = ({ status }: Response) => status >= 400 && status < 500;

Deno.test("paths that climb reach nothing outside of the lab", async () => {
  await using service = await startService();
  const { lab, daemon, token } = service;
  const runPath = await lab.makeRun({ "a.csv": "1,2\n" });
  const { job } = await daemon.control.enqueue(runPath);
  await until(async () => (await daemon.control.job(job.id)).state === "verified", {
    what: "the run to be verified",
  });
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(new URL(`/api/v1${path}`, daemon.url), {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return await checkedAnswer(answer, { method: "POST", path: `/api/v1${path}` });
  };
  const outside = lab.join("outside");
  for (
    const to of [
      outside,
      `${runPath}/../../../../outside`,
      "/etc/cron.d",
      "relative/../x",
      "a\u0000b",
    ]
  ) {
    const answer = await post(`/jobs/${job.id}/restore`, { to });
    assert.ok(isRefused(answer), `restore to ${to}: ${answer.status}`);
    await answer.body?.cancel();
  }
  await assert.rejects(Deno.lstat(outside), Deno.errors.NotFound);
  for (
    const run of ["/etc", `${runPath}/../../../..`, "/proc/self", `${runPath}/a.csv`, "a\u0000b"]
  ) {
    for (const path of ["/enqueue", "/complete"]) {
      const answer = await post(path, { run });
      assert.ok(isRefused(answer), `${path} ${run}: ${answer.status}`);
      await answer.body?.cancel();
    }
    const path = `/api/v1/overrides?run=${encodeURIComponent(run)}`;
    const read = await checkedAnswer(await fetch(new URL(path, daemon.url)), { path });
    const answered = await read.json();
    assert.ok(isRefused(read) || answered.overrides.length === 0, `overrides of ${run}`);
  }
  for (
    const path of [
      "/api/v1/reports/..%2f..%2ftoken",
      "/api/v1/jobs/..%2f..%2ftoken/files",
      "/..%2ftoken",
    ]
  ) {
    const answer = await fetch(new URL(path, daemon.url));
    assert.ok(answer.status >= 400, path);
    assert.ok(!(await answer.text()).includes(token));
  }
  assert.equal((await daemon.control.status()).jobs_total, 1);
});

testWith(
  ["noWine"],
  "a thousand idle connections take nothing away: commands are answered, events go on",
  async () => {
    await using service = await startService();
    const { daemon, token } = service;
    const port = Number(new URL(daemon.url).port);
    const heard = await fetch(new URL("/api/v1/events", daemon.url));
    const reader = heard.body!.getReader();
    await reader.read();
    const idle: Deno.TcpConn[] = [];
    try {
      for (let i = 0; i < 1_000; i++) {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        // Some of them begin to ask, and never end.
        if (i % 3 === 0) await write(connection, "POST /api/v1/pause HTTP/1.1\r\nHost: ");
        if (i % 3 === 1) {
          await write(
            connection,
            `POST /x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 9\r\n\r\nhalf`,
          );
        }
        idle.push(connection);
      }
      const control = new HttpControl(daemon.url, () => Promise.resolve(token));
      assert.equal((await control.status()).jobs_total, 0);
      await control.pause("*");
      assert.deepEqual((await control.status()).paused, ["*"]);
      await control.resume("*");
      daemon.news.publish("finding", { still: "here" });
      let text = "";
      while (!text.includes("still")) text += new TextDecoder().decode((await reader.read()).value);
    } finally {
      for (const connection of idle) connection.close();
    }
    await reader.cancel();
    await until(() => daemon.news.readers === 0, { what: "the reader to be forgotten" });
    assert.equal((await fetch(new URL("/healthz", daemon.url))).status, 200);
  },
);

/** The service may have ended it to make room. */
async function write(connection: Deno.TcpConn, text: string): Promise<void> {
  try {
    await connection.write(new TextEncoder().encode(text));
  } catch (error) {
    if (
      !(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)
    ) {
      throw error;
    }
  }
}
