import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { addInsight, addSection, ReportStore } from "../../lib/reports/mod.ts";
import { CLI, testStore } from "../reports/support.ts";
import { type ChildLines, startChild, startScript } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";

const PYTHON = "/usr/bin/python3";
const PYTHON_WRITER = fileURLToPath(new URL("./reports_writer.py", import.meta.url));
const DENO_WRITER = new URL("./reports_writer.ts", import.meta.url);
const EACH = 12;

testWith(
  ["portalocker"],
  "Report.change loses nothing among sixteen writers of two languages, in one unbroken chain",
  async () => {
    await using t = await testStore();
    const report = await t.store.create({ title: "shared" }, CLI);
    await report.change(addSection({ title: "Data" }), CLI);
    await using writers = new AsyncDisposableStack();
    const started: { name: string; child: ChildLines; isDeno: boolean }[] = [];
    for (let n = 0; n < 16; n++) {
      const isDeno = n % 2 === 0;
      const name = `writer${n}`;
      const child = writers.use(
        isDeno
          ? startScript(DENO_WRITER, [t.store.root, report.id, name, String(EACH)])
          : startChild(PYTHON, [PYTHON_WRITER, report.folder.path, name, String(EACH)]),
      );
      started.push({ name, child, isDeno });
    }
    for (const { child } of started) await child.said("ready");
    for (const { child } of started) await child.tell("go");
    for (const { child, name } of started) assert.equal((await child.child.status).code, 0, name);

    const { outline } = await report.read();
    const expected = started.flatMap(({ name }) =>
      Array.from({ length: EACH }, (_, i) => `${name}-${i}`)
    );
    assert.deepEqual(outline.insights.map(({ summary }) => summary).sort(), expected.sort());
    assert.equal(outline.outline_version, 2 + 16 * EACH);
    const verification = await report.verify();
    assert.deepEqual(verification.breaks, []);
    assert.ok(verification.events >= 2 + 16 * EACH);
    assert.equal(verification.backups, 1 + 16 * EACH, "every state of before is there");
    for await (const { event } of report.history()) {
      assert.notEqual(event?.action_type, "manual_edit_detected");
    }
  },
);

testWith(
  ["portalocker"],
  "Report.change waits for a portalocker lock, and goes on when its holder is killed",
  async () => {
    await using t = await testStore();
    const report = await t.store.create({ title: "shared" }, CLI);
    await using holder = startChild(PYTHON, [PYTHON_WRITER, report.folder.path, "holder", "0"]);
    await holder.said("held");
    const impatient = new ReportStore(t.store.root, { lockTimeoutMs: 50 });
    const change = async (store: ReportStore) =>
      await (await store.report(report.id)).change(addInsight({ summary: "mine" }), CLI);
    await assert.rejects(change(impatient), { code: "lock_timeout", path: report.folder.lockPath });
    assert.equal((await (await impatient.report(report.id)).read()).outline.title, "shared");
    await holder.kill();
    assert.equal((await change(impatient)).outline.insights.length, 1);
  },
);

testWith(
  ["portalocker"],
  "Report.change keeps portalocker out while it holds the lock",
  async () => {
    await using t = await testStore();
    const store = new ReportStore(t.store.root, {
      afterStep: async (step) => {
        if (step !== "recorded") return;
        const { code } = await new Deno.Command(PYTHON, {
          args: [
            "-c",
            "import sys, portalocker\ntry:\n  portalocker.Lock(sys.argv[1], mode='w', timeout=0.2, fail_when_locked=True).acquire()\nexcept (portalocker.AlreadyLocked, portalocker.LockException):\n  sys.exit(7)",
            `${t.store.root}/by_id/${id}/.lock`,
          ],
        }).output();
        codes.push(code);
      },
    });
    const codes: number[] = [];
    const id = crypto.randomUUID();
    await store.create({ title: "mine", id }, CLI);
    assert.deepEqual(codes, [7]);
  },
);
