import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type Code,
  CODES,
  CODES_BY_SUBJECT,
  exitCodeOf,
  knownCode,
  LabferryError,
} from "../../lib/base/mod.ts";
import { errorAsKept } from "../../lib/base/errors.ts";
import { DESTINATION_FAILURES, RUN_FAILURES } from "../../lib/transports/mod.ts";
import { recoveryFaults, rewritten, rowsOf, unsaidCodes } from "../../scripts/checks/codes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
const RECOVERY = `${ROOT}/docs/recovery.md`;

Deno.test("docs/recovery.md says of each code what the table says, and of no other", async () => {
  const recovery = await Deno.readTextFile(RECOVERY);
  assert.deepEqual(recoveryFaults(recovery), [], "run scripts/checks/codes.ts --write");
  assert.deepEqual(recoveryFaults(rewritten(recovery)), [], "what is written is the table");
});

Deno.test("recoveryFaults names a code without a row, one too many, and other words", async () => {
  const recovery = await Deno.readTextFile(RECOVERY);
  const codes: Record<string, { means: string; advice: string }> = { ...CODES };
  delete codes["auth"];
  codes["thawed"] = { means: "It is warm.", advice: "Wait." };
  codes["usage"] = { means: CODES.usage.means, advice: "Ask." };
  assert.deepEqual(recoveryFaults(recovery, codes), [
    "usage is explained in other words in docs/recovery.md",
    "thawed has no row in docs/recovery.md",
    "auth in docs/recovery.md is no code",
  ]);
  assert.equal(rowsOf(recovery).size, Object.keys(CODES).length);
});

Deno.test("every code is said by some file of lib/", async () => {
  assert.deepEqual(await unsaidCodes(ROOT), []);
});

Deno.test("a code stands in one table only", () => {
  const listed = Object.values(CODES_BY_SUBJECT).flatMap((codes) => Object.keys(codes));
  assert.deepEqual(listed, [...new Set(listed)]);
  assert.deepEqual(listed, Object.keys(CODES));
  assert.ok(listed.length > 100, "the codes are there");
});

Deno.test("a code that is not in the table does not compile", () => {
  // @ts-expect-error a letter is missing: with codes as plain text this would be a new code
  const typo = new LabferryError("hash_mismach", "what");
  // @ts-expect-error nor can it be asked for
  assert.equal(typo.code === "hash_mismach", true);
});

Deno.test("a transport's failures are the destination's or the run's, as the table has them", () => {
  for (const code of DESTINATION_FAILURES) assert.equal(CODES[code].job, "destination", code);
  for (const code of RUN_FAILURES) assert.notEqual(CODES[code].job, "destination", code);
  const held = Object.entries(CODES).filter(([, { job }]) => job === "destination")
    .map(([code]) => code).filter((code) => !DESTINATION_FAILURES.some((one) => one === code));
  assert.deepEqual(
    held.sort(),
    ["destination_moved", "installation_moved", "installation_twice", "tree_served"],
    "of this computer, and still held as a whole",
  );
});

Deno.test("errorAsKept gives the code back, and one of a newer labferry as it is, in the message", () => {
  const full = errorAsKept({ code: "destination_full", message: "no room", hint: "make some" });
  assert.deepEqual([full.code, full.message, full.hint], [
    "destination_full",
    "no room",
    "make some",
  ]);
  assert.equal(exitCodeOf(full), 4);
  const newer = errorAsKept({ code: "thawed", message: "it is warm" }, { path: "/run" });
  assert.deepEqual([newer.code, newer.message, newer.path], [
    "unknown",
    "it is warm (thawed)",
    "/run",
  ]);
  assert.equal(exitCodeOf(newer), 1);
  for (const odd of ["constructor", "__proto__", "toString", ""]) {
    assert.equal(knownCode(odd), null, odd);
  }
});

/** What scripts saw before there was one table: it may not change. */
const EXITS: Readonly<Record<number, readonly Code[]>> = {
  2: [
    "ambiguous_action",
    "ambiguous_report",
    "config_invalid",
    "config_missing",
    "config_unreadable",
    "not_a_run",
    "restore_elsewhere",
    "unknown_action",
    "unknown_equipment",
    "unknown_insight",
    "unknown_report",
    "unknown_run",
    "unknown_section",
    "unknown_version",
    "usage",
  ],
  3: ["gate_blocked", "mode_prefix_mismatch", "unsafe_project_name"],
  4: [
    "auth",
    "destination_full",
    "destination_identity",
    "destination_moved",
    "destination_unmarked",
    "host_key",
    "installation_twice",
    "missing_tool",
    "name_resolution",
    "tree_served",
    "unreachable",
  ],
  5: ["lock_timeout"],
  130: ["interrupted"],
};

/** Statuses that are not the one of the exit code. */
const STATUSES: Readonly<Partial<Record<Code, number>>> = {
  ambiguous_job: 409,
  body_too_large: 413,
  conflict: 409,
  foreign_host: 403,
  foreign_origin: 403,
  job_moved: 409,
  kept_local_copy: 409,
  link_used: 403,
  nothing_to_accept: 409,
  restore_elsewhere: 403,
  run_busy: 409,
  token_required: 401,
  too_many_readers: 503,
  unknown_report: 404,
  unknown_run: 404,
  wrong_state: 409,
};
const STATUS_OF_EXIT: Readonly<Record<number, number>> = {
  1: 500,
  2: 400,
  3: 422,
  4: 503,
  5: 503,
  130: 500,
};

Deno.test("the page's statuses follow the exit code, but for those that scripts know", () => {
  const own = Object.entries(CODES).filter(([, { exit, http }]) => STATUS_OF_EXIT[exit] !== http)
    .map(([code, { http }]) => [code, http] as const);
  assert.deepEqual(Object.fromEntries(own), STATUSES);
});

Deno.test("exit codes are those that docs/commands.md promises; all others are 1", () => {
  const byExit = Map.groupBy(Object.entries(CODES), ([, { exit }]) => exit);
  byExit.delete(1);
  const found = Object.fromEntries(
    [...byExit].map(([exit, codes]) => [exit, codes.map(([code]) => code).sort()]),
  );
  assert.deepEqual(found, EXITS);
});
