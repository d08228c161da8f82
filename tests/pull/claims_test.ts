/** Who fetches a share's runs, and that nothing is deleted there unless that was said. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { jobsOf, provenRun, pullLab } from "./pull_lab.ts";

const CLEANS = "nas_cleanup: { enabled: true, min_verify_passes: 1, min_age_hours: 0 }";
const FILES = (more: readonly string[] = []) => (share: string) => [
  "completeness_signal: quiet_period",
  "quiet_minutes: 0.02",
  `intake: { watch: [${
    JSON.stringify(`${share}/out`)
  }], project: Lipids, run: { kind: files, match: "*.raw" } }`,
  ...more,
];

testWith(
  ["namespaces"],
  "a share keeps its files unless it may be written and the configuration says so",
  async () => {
    for (
      const [more, how, why] of [
        [[], "rw", /pull_may_delete/],
        [["pull_may_delete: true"], "ro", /read-only/],
      ] as const
    ) {
      await using at = await pullLab({ signal: FILES(more), moreYaml: CLEANS });
      await at.unmountShare();
      await at.mountShare(how);
      await at.write("out/a.raw", "alpha");
      await using _daemon = await at.start();
      const job = await provenRun(at, /_a$/);
      const said = await labferry(at.lab, ["why", job.id]);
      assert.match(said.stdout, why);
      const cleaned = await labferry(at.lab, ["clean", job.id]);
      assert.equal(cleaned.code, 1);
      assert.equal(await at.space.sh('cat "$1"', join(at.instrument, "out/a.raw")), "alpha");
    }
  },
);

testWith(
  ["namespaces"],
  "with pull_may_delete a proven file is let go on a share that may be written",
  async () => {
    const signal = FILES(["pull_may_delete: true"]);
    await using at = await pullLab({ signal, moreYaml: CLEANS });
    await at.unmountShare();
    await at.mountShare("rw");
    await at.write("out/a.raw", "alpha");
    await at.write("out/b.txt", "a person's");
    await using _daemon = await at.start();
    await until(() => jobsOf(at)[0]?.state === "cleaned", {
      what: () => `the file to be let go: ${JSON.stringify(jobsOf(at))}`,
    });
    assert.equal(await at.space.sh('ls "$1"', join(at.instrument, "out")), "b.txt\n");
  },
);

testWith(
  ["namespaces"],
  "a second labferry that fetches to the same base does nothing there",
  async () => {
    await using at = await pullLab({ signal: FILES() });
    const claim = join(at.lab.farBase("ORBI_01"), ".exlab-wizard", "labferry-service.json");
    await Deno.mkdir(join(claim, ".."), { recursive: true });
    const other = {
      schema_version: "1.0",
      installation: "11111111-2222-4333-8444-555555555555",
      nonce: "abc",
      time: new Date().toISOString(),
      host: "another-pc",
      host_key: "k",
      state_dir: "/var/lib/labferry",
    };
    await Deno.writeTextFile(claim, JSON.stringify(other));
    await at.write("out/a.raw", "alpha");
    await using _daemon = await at.start();
    await until(async () => {
      const { stdout } = await labferry(at.lab, ["status", "--json"]);
      return /Another labferry looks after ORBI_01/.test(stdout);
    }, { what: "the other one to be named", everyMs: 200 });
    assert.deepEqual(JSON.parse(await Deno.readTextFile(claim)), other);
    assert.notEqual(jobsOf(at)[0]?.state, "verified");
  },
);
