import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CODES, PROOF_STRENGTHS, STRENGTH_WORDS, strengthWords } from "../../lib/base/mod.ts";
import {
  adviceFor,
  countWords,
  DESTINATION_STAGES,
  EVENT_WORDS,
  eventWords,
  HOLD_WORDS,
  inRuleWords,
  PHASE_WORDS,
  type ShownJob,
  stageOfJob,
  STATE_WORDS,
} from "../../lib/control/mod.ts";
import { EVENT_KINDS, type Hold, HOLDS, JOB_STATES } from "../../lib/queue/mod.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
const PHASES = ["sealing", "preparing", "sending", "proving", "recording", "fetching"];

Deno.test("every state, hold, strength, phase, event kind and code has its words, and nothing else", () => {
  const sameNames = (words: object, names: readonly string[]) =>
    assert.deepEqual(Object.keys(words).sort(), [...names].sort());
  sameNames(STATE_WORDS, JOB_STATES);
  sameNames(HOLD_WORDS, HOLDS);
  sameNames(STRENGTH_WORDS, PROOF_STRENGTHS);
  sameNames(PHASE_WORDS, PHASES);
  sameNames(EVENT_WORDS, EVENT_KINDS);
  const said = [
    ...[STATE_WORDS, HOLD_WORDS, DESTINATION_STAGES].flatMap((stages) =>
      Object.values(stages).map(({ words }) => words)
    ),
    ...[STRENGTH_WORDS, PHASE_WORDS, EVENT_WORDS].flatMap((words) => Object.values(words)),
  ];
  for (const words of said) {
    assert.ok(words.trim() === words && words.length > 2, JSON.stringify(words));
    assert.doesNotMatch(words, /_/, "a name of the program is no word");
  }
});

const ALARM = { code: "far_copy_damaged", since: "2026-11-20T20:18:00.000Z", files: 1 };

/** Every state with every hold, with and without a pass, an error, a staging area. */
function* everyJob(): Generator<ShownJob> {
  const holds: readonly (Hold | null)[] = [null, ...HOLDS];
  for (const state of JOB_STATES) {
    for (const hold of holds) {
      for (const verify_passes of [0, 2]) {
        for (const last_error of [null, { code: "unknown", message: "odd" }]) {
          for (const handed_over of [false, true]) {
            for (const alarm of [null, ALARM]) {
              yield { state, hold, verify_passes, last_error, alarm, handed_over };
            }
          }
        }
      }
    }
  }
}

Deno.test("safe is said of no run that is not proven at its last place", () => {
  for (const job of everyJob()) {
    const { words, tone } = stageOfJob(job);
    assert.equal(/\bsafe\b/.test(words), tone === "safe", words);
    if (tone !== "safe") continue;
    assert.ok(["verified", "cleanup_eligible", "cleaned"].includes(job.state), job.state);
    assert.equal(job.handed_over, false);
    assert.equal(job.alarm, null);
    assert.ok(job.state !== "cleaned" || job.verify_passes > 0);
  }
  const taken = { state: "cleaned", hold: null, verify_passes: 0 } as const;
  assert.deepEqual(
    stageOfJob({ ...taken, last_error: null, alarm: null, handed_over: false }).words,
    "local copy gone, far copy not proven since",
  );
});

Deno.test("what only a newer labferry knows is shown as it is", () => {
  const job = { hold: null, verify_passes: 1, last_error: null, alarm: null, handed_over: false };
  for (const name of ["half_thawed", "constructor"]) {
    const state = name as ShownJob["state"];
    assert.deepEqual(stageOfJob({ ...job, state }), { words: name, tone: "idle" });
    const hold = name as Hold;
    assert.deepEqual(stageOfJob({ ...job, state: "queued", hold }), { words: name, tone: "idle" });
    const words = name.replaceAll("_", " ");
    assert.equal(eventWords(name), words);
    assert.equal(strengthWords(name), name);
    assert.equal(adviceFor({ code: name }), CODES.unknown.advice);
  }
});

Deno.test("countWords counts no run as safe that is not", () => {
  const counts = { queued: 8, running: 0, verified: 5, cleanup_eligible: 1, cleaned: 4, thawed: 2 };
  const held = [
    { state: "queued", hold: "gate", runs: 4 },
    { state: "queued", hold: "cancelled", runs: 2 },
    { state: "failed", hold: "cancelled", runs: 1 },
  ] as const;
  const all = { counts: { ...counts, failed: 1 }, held, not_proven: 2, alarmed: 1, handed_over: 2 };
  assert.deepEqual(countWords(all), [
    "2 waiting its turn",
    "4 safe",
    "1 safe, local copy gone",
    "2 thawed",
    "4 held: names to fix",
    "3 cancelled",
    "1 far copy damaged, local copy gone",
    "2 local copy gone, far copy not proven since",
    "2 handed over, not on the NAS yet",
  ]);
  assert.deepEqual(
    countWords({ counts: {}, held: [], not_proven: 0, alarmed: 0, handed_over: 0 }),
    [],
  );
});

Deno.test("docs/commands.md says which word people read for each state and hold", async () => {
  const text = await Deno.readTextFile(`${ROOT}/docs/commands.md`);
  const section = text.split(/^## /m).find((part) => part.startsWith("States and words")) ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)` *\| ([^|]*?) *\|/gm)].map(([, name, words]) =>
    [name!, words!] as const
  );
  const documented = new Map(rows);
  for (const [name, { words }] of Object.entries({ ...STATE_WORDS, ...HOLD_WORDS })) {
    assert.equal(documented.get(name), words, name);
  }
});

Deno.test("inRuleWords says what the gate holds a run for by its rules' titles", () => {
  assert.equal(
    inRuleWords("2 hard findings (reserved_filesystem_name, unresolved_placeholder_token)"),
    "2 findings: a name that Windows keeps for a device; a template's placeholder was never filled in",
  );
  for (const other of ["1 hard finding (no_rule_of_ours)", "its disk is away", ""]) {
    assert.equal(inRuleWords(other), other);
  }
});
