/** What an orchestrator waits for: which files come last, and what the record says of them. */
import assert from "node:assert/strict";
import { completenessMarkers, type Equipment, stagedCompleteness } from "../../lib/config/mod.ts";
import { configOf, equipment } from "./support.ts";

function staged(signal: string): Equipment {
  const text = equipment(
    "    sync_mode: stage\n    orchestrator_staging_transport: { mount_point: /mnt/station }\n",
  ).replace("completeness_signal: manual", signal);
  return configOf(text).equipment[0]!;
}

Deno.test("completenessMarkers names what an orchestrator waits for, in the order of arrival", () => {
  const several = staged(
    'completeness_signal: sentinel_file\n    sentinel_filename: [a.txt, "b\\\\c.txt"]',
  );
  assert.deepEqual(completenessMarkers(several), ["a.txt", "b/c.txt"]);
  assert.deepEqual(stagedCompleteness(several), {
    completeness_signal: "sentinel_file",
    sentinel_filename: "b/c.txt",
  });
  const manifest = staged("completeness_signal: manifest\n    manifest_filename: m.json");
  assert.deepEqual(completenessMarkers(manifest), ["m.json"]);
  assert.deepEqual(stagedCompleteness(manifest), {
    completeness_signal: "manifest",
    manifest_filename: "m.json",
  });
});

Deno.test("completenessMarkers: nobody waits at a NAS, nor for signals the other program lacks", () => {
  const direct = equipment("    sentinel_filename: done\n")
    .replace("completeness_signal: manual", "completeness_signal: sentinel_file");
  assert.deepEqual(completenessMarkers(configOf(direct).equipment[0]!), []);
  for (const signal of ["manual", "quiet_period"]) {
    const equipment = staged(`completeness_signal: ${signal}`);
    assert.deepEqual(completenessMarkers(equipment), []);
    assert.deepEqual(stagedCompleteness(equipment), {});
  }
});
