/** The answer to "is my data safe?", as a table. */
import assert from "node:assert/strict";
import { plainWords } from "../../lib/control/mod.ts";
import { type AnswerFacts, theAnswer } from "../../lib/control/the_answer.ts";

const AT = "2026-11-26T10:12:00.000Z";
const NONE: AnswerFacts = {
  attention: 0,
  onTheWay: 0,
  safe: 0,
  handedOver: 0,
  notProven: 0,
  cancelled: 0,
  held: 0,
  provenSince: null,
  acquiring: [],
  odd: [],
  leftAlone: 0,
  down: [],
  pauses: [],
  closed: [],
  yieldingTo: null,
  faultyRoots: [],
  queueFault: null,
  overdue: { runs: 0, since: null },
  fullDisks: [],
};
const SAFE = { safe: 42, provenSince: AT };
const acquiring = { name: "Run_7", bytes: 12e9, since: AT, waitsFor: "acquisition_complete.flag" };
const nas = { name: "FLOW_01", isFull: false, since: AT, hint: "switch it on", waiting: 5 };
const pause = { scope: "*", since: AT, by: "ada", reason: "the network is moved" };
const closed = { name: "FLOW_01", until: AT, waiting: 2 };
const root = { equipmentId: "PLATE_01", fault: "it is not there", since: AT };

function said(facts: Partial<AnswerFacts>): string {
  const { tone, words } = theAnswer({ ...NONE, ...facts });
  return `${tone}: ${plainWords(words, (at) => at.slice(11, 16))}`;
}

function more(facts: Partial<AnswerFacts>): string {
  return theAnswer({ ...NONE, ...facts }).more.map((words) =>
    plainWords(words, (at) => at.slice(11, 16))
  ).join(" ");
}

const TABLE: readonly (readonly [facts: Partial<AnswerFacts>, answer: string])[] = [
  [{}, "idle: No runs yet"],
  [SAFE, "safe: All 42 runs are safe"],
  [{ safe: 1, provenSince: AT }, "safe: Your run is safe"],
  [{ ...SAFE, attention: 3 }, "bad: 3 runs need you"],
  [
    {
      ...SAFE,
      attention: 3,
      queueFault: { message: "the disk is full", hint: "make room", since: AT },
    },
    "bad: labferry cannot write down what happens since 10:12",
  ],
  [{ ...SAFE, attention: 1, down: [nas] }, "bad: 1 run needs you"],
  [{ ...SAFE, odd: [acquiring] }, "bad: 1 run needs you"],
  [{ ...SAFE, leftAlone: 1 }, "safe: 42 runs are safe"],
  [{ safe: 1, provenSince: AT, leftAlone: 2 }, "safe: 1 run is safe"],
  [{ leftAlone: 1 }, "idle: No runs yet"],
  [{ ...SAFE, faultyRoots: [root] }, "bad: The runs of PLATE_01 cannot be looked at since 10:12"],
  [
    { ...SAFE, onTheWay: 5, down: [nas] },
    "wait: FLOW_01 unreachable since 10:12; nothing is lost, 5 runs wait",
  ],
  [
    { onTheWay: 1, down: [{ ...nas, isFull: true, waiting: 1 }] },
    "wait: FLOW_01 full since 10:12; nothing is lost, 1 run waits",
  ],
  [{ onTheWay: 5, pauses: [pause] }, "wait: Paused since 10:12: 5 runs wait"],
  [
    { onTheWay: 2, yieldingTo: { what: "ZEN.exe is running", since: AT } },
    "wait: Waiting: ZEN.exe is running",
  ],
  [{ ...SAFE, onTheWay: 2 }, "moving: 2 runs on the way"],
  [
    { ...SAFE, acquiring: [acquiring] },
    "moving: Run_7 is being acquired, 12.0 GB so far",
  ],
  [
    { acquiring: [acquiring, acquiring] },
    "moving: 2 runs are being acquired, 24.0 GB so far",
  ],
  [
    { acquiring: [acquiring, acquiring], mayBeMore: true },
    "moving: At least 2 runs are being acquired, 24.0 GB so far",
  ],
  [{ ...SAFE, notProven: 2 }, "wait: 2 runs not proven since the queue was made anew"],
  [{ ...SAFE, handedOver: 1 }, "wait: 1 run handed over, not on the NAS yet"],
  [{ ...SAFE, cancelled: 1 }, "wait: 42 runs safe, 1 cancelled"],
  [{ cancelled: 2 }, "wait: 2 runs cancelled"],
  [{ ...SAFE, pauses: [pause] }, "wait: All 42 runs are safe"],
  [
    { ...SAFE, fullDisks: [{ root: "/data", freeBytes: 1e9 }] },
    "wait: All 42 runs are safe",
  ],
];

for (const [facts, answer] of TABLE) {
  Deno.test(`the answer is "${answer}" of ${JSON.stringify(facts).slice(0, 90)}`, () => {
    assert.equal(said(facts), answer);
  });
}

Deno.test("the answer is green only when all runs are proven and nothing stands still", () => {
  const others: Partial<AnswerFacts>[] = [
    { attention: 1 },
    { onTheWay: 1 },
    { notProven: 1 },
    { handedOver: 1 },
    { cancelled: 1 },
    { acquiring: [acquiring] },
    { odd: [acquiring] },
    { faultyRoots: [root] },
    { pauses: [pause] },
    { fullDisks: [{ root: "/data", freeBytes: 1 }] },
  ];
  for (const other of others) {
    assert.notEqual(theAnswer({ ...NONE, ...SAFE, ...other }).tone, "safe", JSON.stringify(other));
  }
});

Deno.test("the answer says safe as of when, and what the other runs do", () => {
  assert.match(more(SAFE), /compared with its copy; as of 10:12, when the one looked at longest/);
  assert.match(more({ ...SAFE, attention: 1, onTheWay: 2 }), /2 runs on the way\. 42 runs safe/);
  const some = { ...SAFE, attention: 1, acquiring: [acquiring, acquiring], mayBeMore: true };
  assert.match(more(some), /At least 2 runs being acquired\./);
  assert.match(more({ ...SAFE, onTheWay: 2, down: [{ ...nas, waiting: 0 }] }), /FLOW_01 unreach/);
  assert.match(more({ ...SAFE, pauses: [pause] }), /Everything is paused since 10:12, by ada: the/);
  assert.match(
    more({ ...SAFE, onTheWay: 2, closed: [closed] }),
    /^Nothing is sent to FLOW_01 before 10:12 \(its hours\); 2 runs wait for that\./,
  );
  assert.match(
    more({ ...SAFE, leftAlone: 1 }),
    /^1 unfinished run is left alone, as a person said; its data is only on this PC\. Every file/,
  );
  assert.match(more({ attention: 2, held: 1 }), /1 run failed or damaged, 1 run held for names/);
});

Deno.test("the answer has one next step where there is one", () => {
  assert.equal(theAnswer({ ...NONE, ...SAFE }).next, null);
  assert.equal(theAnswer({ ...NONE, attention: 1 }).next?.show, "attention");
  assert.equal(theAnswer({ ...NONE, onTheWay: 5, down: [nas] }).next?.words, "Switch it on.");
});

Deno.test("theAnswer says when proven runs are not compared as often as they should be", () => {
  const overdue = { runs: 3, since: AT };
  assert.equal(said({ ...SAFE, overdue }), "safe: All 42 runs are safe");
  assert.match(
    more({ ...SAFE, overdue }),
    /^3 proven runs wait for the next comparison since 10:12: more is to be read again than/,
  );
});
