/** The workflows cannot be run here: what can be held to is that they say what they should. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { TARGETS } from "../../scripts/compile/targets.ts";

const FOLDER = new URL("../../.github/workflows/", import.meta.url);
const project = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly needs?: string | string[];
  readonly permissions?: Record<string, string>;
  readonly steps: Step[];
  readonly strategy?: { readonly matrix: Record<string, readonly unknown[]> };
}

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

async function workflows(): Promise<{ name: string; text: string; workflow: Workflow }[]> {
  const found = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    found.push({ name, text, workflow: parse(text) as Workflow });
  }
  assert.ok(found.length > 0);
  return found;
}

Deno.test("every action is pinned by its commit, with its version beside it", async () => {
  for (const { name, text } of await workflows()) {
    const lines = text.split("\n").filter((line) => /^\s*-?\s*uses:/.test(line));
    assert.ok(lines.length > 0, name);
    for (const line of lines) {
      assert.match(line, /uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
    }
  }
});

Deno.test("a workflow may read, and only what publishes may write", async () => {
  for (const { name, workflow } of await workflows()) {
    assert.deepEqual(workflow.permissions, { contents: "read" }, name);
    const writing = Object.entries(workflow.jobs).filter(([, job]) => job.permissions);
    assert.deepEqual(writing.map(([job]) => job), ["publish"], name);
  }
});

Deno.test("the release publishes what was built and run, with tasks and files that are there", async () => {
  const release = (await workflows()).find(({ name }) => name === "release.yml")!;
  const { jobs } = release.workflow;
  assert.deepEqual(jobs["publish"]!.needs, [
    "test",
    "lives",
    "build",
    "artefact",
    "unix",
    "windows",
  ]);
  for (const [, task] of release.text.matchAll(/ task (\w+)/g)) {
    assert.ok(project.tasks[task!], task);
  }
  const { strategy, steps } = jobs["lives"]!;
  const each = /simulate --lives (\d+) /.exec(steps.map(({ run }) => run).join("\n"))?.[1];
  assert.equal(Number(each) * strategy!.matrix["part"]!.length, 1_000_000);
  for (const { triple } of TARGETS) {
    assert.ok(release.text.includes(triple), `${triple} is published and never run`);
  }
  for (const [, path] of release.text.matchAll(/\b((?:tests|docs|scripts)\/[\w./]+\w)/g)) {
    await Deno.stat(new URL(`../../${path}`, import.meta.url));
  }
});
