import assert from "node:assert/strict";
import {
  archiveInsight,
  editInsight,
  type FedRun,
  FEED_CURSOR,
  type FeedEvent,
  type FeedQueue,
  projectReportId,
  renameReport,
  renderHtml,
  ReportFeed,
  type ReportStore,
} from "../../lib/reports/mod.ts";
import type { JobState } from "../../lib/queue/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { CLI, eventsOf, testStore } from "./support.ts";

interface FakeJob {
  readonly id: string;
  readonly project: string;
  state: JobState;
}

/** The queue's timeline, by hand; the real one is in `tests/daemon`. */
class Timeline implements FeedQueue<FakeJob> {
  constructor(private readonly hour = 10) {}
  readonly all: FeedEvent[] = [];
  readonly jobs = new Map<string, FakeJob>();
  readonly cursors = new Map<string, number>();

  tell(
    jobId: string,
    kind: string,
    detail: Record<string, unknown> = {},
    { state = "queued", project = "Cortex" }: { state?: JobState; project?: string } = {},
  ): void {
    const seq = this.all.length + 1;
    const at = new Date(Date.UTC(2026, 3, 17, this.hour, 0, seq)).toISOString();
    const fromState = this.jobs.get(jobId)?.state ?? null;
    this.jobs.set(jobId, { id: jobId, project, state });
    this.all.push({ seq, jobId, at, kind, fromState, toState: state, generation: 1, detail });
  }
  eventsAfter(seq: number, limit: number): FeedEvent[] {
    return this.all.filter((event) => event.seq > seq).slice(0, limit);
  }
  events(jobId: string): FeedEvent[] {
    return this.all.filter((event) => event.jobId === jobId);
  }
  job(id: string): FakeJob | null {
    return this.jobs.get(id) ?? null;
  }
  cursor(name: string): number {
    return this.cursors.get(name) ?? 0;
  }
  setCursor(name: string, seq: number): void {
    this.cursors.set(name, seq);
  }
}

function describe(job: FakeJob): Promise<FedRun> {
  return Promise.resolve({
    equipmentId: "CONFOCAL_01",
    project: job.project,
    layoutPath: `${job.project}/Runs/Run_${job.id}`,
    leaf: `Run_${job.id}`,
    state: job.state,
    hold: null,
    verifyPasses: 1,
    handedOver: false,
    destination: "/mnt/nas/lab",
    files: 12,
    bytes: 4_000_000,
    lastError: job.state === "failed" ? { message: "the NAS said no" } : null,
    alarm: null,
    checksums: { path: `/data/Run_${job.id}/.exlab-wizard/checksums.sha256`, sha256: null },
    certificate: null,
    overrides: [],
  });
}

function feedOf(queue: Timeline, store: ReportStore, told: string[] = []): ReportFeed<FakeJob> {
  const say = (message: string, properties: Record<string, unknown>) =>
    void told.push(`${message} ${JSON.stringify(properties)}`);
  return new ReportFeed({ queue, store, describe, log: { info: say, warn: say } });
}

const ID = projectReportId("CONFOCAL_01", "Cortex");

function wholeLife(queue: Timeline, job: string): void {
  queue.tell(job, "enqueued");
  queue.tell(job, "sealed", { files: 12, bytes: 4_000_000 }, { state: "running" });
  queue.tell(job, "pushed", {}, { state: "awaiting_verify" });
  queue.tell(
    job,
    "pass_ended",
    { outcome: "passed", strength: "read_back", matched: 12 },
    { state: "awaiting_verify" },
  );
  queue.tell(job, "verified", {}, { state: "verified" });
}

Deno.test("ReportFeed keeps one insight a run, in its month, citing the checksums", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  wholeLife(queue, "a");
  wholeLife(queue, "b");
  assert.equal(await feedOf(queue, t.store).catchUp(), 1);
  const { outline } = await (await t.store.report(ID)).read();
  assert.equal(outline.title, "CONFOCAL_01 / Cortex");
  assert.deepEqual(outline.sections.map(({ title }) => title), ["April 2026"]);
  assert.equal(outline.insights.length, 2);
  const [first] = outline.insights;
  assert.equal(first!.importance, 3);
  assert.equal(
    first!.summary,
    `Run_a: safe at /mnt/nas/lab, 12 files, 4.0 MB
2026-04-17 10:00 UTC: sealed with 12 files, 4.0 MB
2026-04-17 10:00 UTC: verification passed: 12 files read back and compared, all equal
2026-04-17 10:00 UTC: safe: every file compared, and written down`,
  );
  assert.deepEqual(first!.citations, [{
    source: "document",
    description: "SHA-256 of every file of the run",
    path: "/data/Run_a/.exlab-wizard/checksums.sha256",
  }]);
  const html = renderHtml(outline, { at: new Date() });
  assert.ok(html.includes("2 runs, 24 files, 8.0 MB: 2 safe at the destination."));
});

Deno.test("ReportFeed changes nothing when the same events come again", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  wholeLife(queue, "a");
  await feedOf(queue, t.store).catchUp();
  const report = await t.store.report(ID);
  const before = await Deno.readFile(report.folder.outlineFile);
  queue.cursors.clear(); // a crash before the cursor was kept
  assert.equal(await feedOf(queue, t.store).catchUp(), 0);
  assert.deepEqual(await Deno.readFile(report.folder.outlineFile), before);
  assert.deepEqual(await eventsOf(report), ["create", "evolve"]);
});

Deno.test("ReportFeed weighs a failure 9, and 6 once a person resolved it", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  const feed = feedOf(queue, t.store);
  const importance = async () => {
    await feed.catchUp();
    return (await (await t.store.report(ID)).read()).outline.insights[0]!;
  };
  queue.tell("a", "sealed", { files: 12, bytes: 1 });
  assert.equal((await importance()).importance, 3);
  queue.tell("a", "failed", { code: "unreachable", message: "the NAS said no" }, {
    state: "failed",
  });
  const failed = await importance();
  assert.equal(failed.importance, 9);
  assert.match(failed.summary, /^Run_a: needs attention \(the NAS said no\)/);
  queue.tell("a", "retried", { by: "Ada" });
  queue.tell("a", "verified", {}, { state: "verified" });
  const resolved = await importance();
  assert.equal(resolved.importance, 6);
  assert.match(resolved.summary, /asked to try again, by Ada/);
});

Deno.test("ReportFeed names the lost files that a person let a run go without, and how they are lost", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  wholeLife(queue, "a");
  queue.tell("a", "missing_accepted", {
    ...{ generation: 1, digest: "…", operator: "Ada", reason: "the disk ate it" },
    ...{ count: 2, names: ["b.dat", "c.dat"], differing: { count: 1, names: ["c.dat"] } },
  });
  await feedOf(queue, t.store).catchUp();
  const { outline } = await (await t.store.report(ID)).read();
  const told = JSON.stringify(outline).replaceAll('\\"', "'");
  assert.match(
    told,
    /2 files are lost: neither copy is as sealed; missing over there, or never proven: '+b\.dat'+; different over there, and left as it is: '+c\.dat'+; Ada lets the run go without: the disk ate it/,
  );
});

Deno.test("ReportFeed keeps what people changed, and goes on beside it", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  const feed = feedOf(queue, t.store);
  queue.tell("a", "sealed", { files: 12, bytes: 1 });
  queue.tell("b", "sealed", { files: 12, bytes: 1 });
  await feed.catchUp();
  const report = await t.store.report(ID);
  const [a, b] = (await report.read()).outline.insights;
  await report.change(renameReport("Ours"), CLI);
  await report.change(editInsight(a!.insight_id, { summary: "The good one", importance: 8 }), CLI);
  await report.change(archiveInsight(b!.insight_id), CLI);
  queue.tell("a", "verified", {}, { state: "verified" });
  queue.tell("b", "verified", {}, { state: "verified" });
  await feed.catchUp();
  const { outline } = await report.read();
  assert.equal(outline.title, "Ours");
  const [edited, archived] = outline.insights;
  assert.equal(edited!.summary, "The good one");
  assert.equal(edited!.importance, 8);
  const ours = edited!.metadata["labferry"] as { proven: boolean; service_summary: string };
  assert.equal(ours.proven, true);
  assert.match(ours.service_summary, /safe at/);
  assert.equal(archived!.status, "archived");
  assert.match(archived!.summary, /safe at/);
});

Deno.test("ReportFeed and people who edit at the same moment lose nothing of each other", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  const feed = feedOf(queue, t.store);
  wholeLife(queue, "0");
  await feed.catchUp();
  const report = await t.store.report(ID);
  const people = Array.from(
    { length: 10 },
    (_, i) => report.change(renameReport(`title ${i}`), CLI),
  );
  const service = (async () => {
    for (let i = 1; i <= 10; i++) {
      wholeLife(queue, String(i));
      await feed.catchUp();
    }
  })();
  await Promise.all([...people, service]);
  const { outline } = await report.read();
  assert.equal(outline.insights.length, 11);
  const verification = await report.verify();
  assert.equal(verification.ok, true);
  const events = await eventsOf(report);
  assert.equal(events.filter((type) => type === "rename").length, 10);
});

Deno.test("ReportFeed tells the other reports when one is broken, says so once, and catches up", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  const told: string[] = [];
  wholeLife(queue, "a");
  await feedOf(queue, t.store, told).catchUp();
  const report = await t.store.report(ID);
  const whole = await Deno.readTextFile(report.folder.outlineFile);
  await Deno.writeTextFile(report.folder.outlineFile, "{ broken");
  const feed = feedOf(queue, t.store, told);
  const cursor = queue.cursor("reports");
  wholeLife(queue, "b");
  queue.tell("c", "sealed", { files: 1, bytes: 1 }, { project: "Liver" });
  await feed.catchUp();
  await feed.catchUp();
  assert.equal(told.filter((line) => line.includes("is behind")).length, 1);
  const liver = await t.store.report(projectReportId("CONFOCAL_01", "Liver"));
  assert.equal((await liver.read()).outline.insights.length, 1);
  assert.equal(queue.cursor("reports"), cursor, "the cursor waits for the broken one");
  await Deno.writeTextFile(report.folder.outlineFile, whole);
  await feedOf(queue, t.store, told).catchUp(); // the next start
  assert.equal((await report.read()).outline.insights.length, 2);
  assert.equal(queue.cursor("reports"), queue.all.length);
});

Deno.test("ReportFeed tells again what a revert took away, and leaves the rest reverted", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  const feed = feedOf(queue, t.store);
  wholeLife(queue, "a");
  await feed.catchUp();
  const report = await t.store.report(ID);
  const { event } = await report.change(renameReport("a bad idea"), CLI);
  wholeLife(queue, "b");
  await feed.catchUp();
  await report.revert(event!.action_id, CLI);
  assert.equal((await report.read()).outline.insights.length, 1);
  wholeLife(queue, "c");
  await feed.catchUp();
  const { outline } = await report.read();
  assert.equal(outline.title, "CONFOCAL_01 / Cortex");
  assert.equal(outline.insights.length, 3);
});

Deno.test("ReportFeed adds to what it told when the queue was made anew", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  queue.tell("a", "failed", { message: "the NAS said no" }, { state: "failed" });
  await feedOf(queue, t.store).catchUp();
  const rebuilt = new Timeline(11);
  rebuilt.tell("a", "verified", {}, { state: "verified" });
  await feedOf(rebuilt, t.store).catchUp();
  const { outline } = await (await t.store.report(ID)).read();
  assert.equal(outline.insights.length, 1);
  assert.match(outline.insights[0]!.summary, /failed: the NAS said no/);
  assert.match(outline.insights[0]!.summary, /^Run_a: safe/);
});

Deno.test("ReportFeed.start follows by itself, and stop takes one last look", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  const feed = feedOf(queue, t.store);
  feed.start();
  wholeLife(queue, "a");
  await feed.stop();
  assert.equal((await (await t.store.report(ID)).read()).outline.insights.length, 1);
});

Deno.test("ReportFeed.stop leaves a long backlog to the next start, which tells all of it", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  const clock = new HandClock();
  for (let i = 0; i < 10; i++) wholeLife(queue, `${i}`);
  let described = 0;
  const slow = new ReportFeed<FakeJob>({
    queue,
    store: t.store,
    clock,
    describe: async (job) => {
      described++;
      clock.turn(1_000);
      return await describe(job);
    },
    log: { info: () => {}, warn: () => {} },
  });
  slow.start();
  await slow.stop();
  assert.ok(described < 10, `${described} of 10 runs were looked at while the service ended`);
  assert.equal(queue.cursor(FEED_CURSOR), 0);
  await feedOf(queue, t.store).catchUp();
  assert.equal((await (await t.store.report(ID)).read()).outline.insights.length, 10);
});

Deno.test("ReportFeed calls no run safe that this queue has not proven at its last place", async () => {
  await using t = await testStore();
  const queue = new Timeline();
  queue.tell("proven", "cleaned", {}, { state: "cleaned" });
  queue.tell("taken", "rebuilt", {}, { state: "cleaned" });
  queue.tell("staged", "verified", {}, { state: "verified" });
  const about: Record<string, Partial<FedRun>> = {
    taken: { verifyPasses: 0 },
    staged: { handedOver: true },
  };
  const feed = new ReportFeed<FakeJob>({
    queue,
    store: t.store,
    describe: async (job) => ({ ...await describe(job), ...about[job.id] }),
    log: { info: () => {}, warn: () => {} },
  });
  await feed.catchUp();
  const { outline } = await (await t.store.report(ID)).read();
  assert.deepEqual(outline.insights.map(({ summary }) => summary.split("\n")[0]), [
    "Run_proven: safe at /mnt/nas/lab, local copy gone, 12 files, 4.0 MB",
    "Run_taken: local copy gone, far copy not proven since, 12 files, 4.0 MB",
    "Run_staged: handed over, not on the NAS yet, 12 files, 4.0 MB",
  ]);
  assert.deepEqual(
    outline.insights.map(({ metadata }) => (metadata?.["labferry"] as { proven: boolean }).proven),
    [true, false, false],
  );
});
