/** How many programs one small run takes here: each ssh client is 0.1 to 0.2 s, and as many round trips. */
import assert from "node:assert/strict";
import { shipRun } from "../../../lib/ship/mod.ts";
import { assertProven } from "../../support/far_proof.ts";
import { openLab, writeFiles } from "../../support/lab.ts";
import { testWith } from "../../support/needs.ts";
import { startSshd } from "../../support/sshd.ts";
import { transportTo } from "./scene.ts";

/**
 * Three connections (a first look, the push, the pass), each with its master, its talk and a look at
 * this rsync; one push and its ssh. It took
 * 69 when each small request was a tool of its own.
 */
const MOST_STARTS = 11;

testWith(["rsync", "sshd", "sha256sum"], "ship takes few tools for one small run", async () => {
  await using lab = await openLab();
  await using sshd = await startSshd();
  const started = lab.join("started");
  const noting = async (tool: string) => {
    const path = lab.join(`noting-${tool}`);
    await Deno.writeTextFile(
      path,
      `#!/bin/sh\necho ${tool} "$@" >> '${started}'\nexec ${tool} "$@"\n`,
    );
    await Deno.chmod(path, 0o755);
    return path;
  };
  const commands = { rsync: await noting("rsync"), ssh: await noting("ssh") };
  const dir = lab.join("scan 7");
  const files = Array.from({ length: 20 }, (_, i) => [`part ${i % 3}/${i}.tif`, `frame ${i}`]);
  await writeFiles(dir, Object.fromEntries(files));
  const job = await shipRun({
    dir,
    transport: transportTo(sshd, { remotePath: lab.join("far"), commands }),
    stateDir: lab.stateDir,
    initDestination: true,
    gate: true,
    uploadMbps: null,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  assert.equal(job.state, "verified");
  await assertProven(lab.join("far/scan 7"));
  const starts = (await Deno.readTextFile(started)).trimEnd().split("\n");
  assert.ok(
    starts.length > 0 && starts.length <= MOST_STARTS,
    `${starts.length}:\n${starts.join("\n")}`,
  );
});
