import assert from "node:assert/strict";
import { acceptanceOf } from "../../lib/cli/acceptance.ts";
import { receiptText } from "../../lib/cli/receipt.ts";
import type { JobView } from "../../lib/control/mod.ts";

Deno.test("acceptanceOf takes the three options together and none of them alone", () => {
  const whole = { acceptMissing: true, operator: " asmith ", reason: "a bubble" };
  assert.deepEqual(acceptanceOf(whole), { operator: "asmith", reason: "a bubble" });
  assert.equal(acceptanceOf({}), null);
  for (
    const part of [
      { acceptMissing: true },
      { acceptMissing: true, operator: "asmith" },
      { acceptMissing: true, operator: "asmith", reason: "  " },
      { operator: "asmith", reason: "a bubble" },
      { reason: "a bubble" },
    ]
  ) assert.throws(() => acceptanceOf(part), { code: "usage" }, JSON.stringify(part));
});

const RECEIPT = {
  id: "1",
  run_path: "/data/scan 7",
  data_path: "/data/scan 7",
  equipment_id: "ship",
  state: "verified",
  destination: "/mnt/nas",
  far_path: "scan 7",
  files: 1,
  bytes: 5,
  hold: null,
  hold_reason: null,
  hold_hint: null,
  generation: 2,
  attempts: 0,
  verify_passes: 1,
  verified_at: "2026-04-17T14:32:00.000Z",
  enqueued_at: "2026-04-17T14:32:00.000Z",
  next_attempt_at: null,
  last_error: null,
  pinned: false,
  alarm: null,
  handed_over: false,
  verification: {
    strength: "read_back",
    matched: 1,
    mismatched: [],
    missing: [],
    extra: ["theirs.csv"],
    skipped: [],
    notes: ["the far side was not asked to flush its disk"],
    account: {
      set_aside: { count: 1, names: ["a.dat"], into: [".labferry-superseded/scan 7/1"] },
      kept: { count: 2, names: ["b.dat", "c.dat"] },
      left_out: { count: 1, names: ["d.dat"], operator: "asmith", reason: "a bubble" },
      litter: { count: 1, names: ["Thumbs.db"] },
    },
  },
} as const satisfies JobView;

Deno.test("receiptText names what was moved aside, kept, left out and met, and by whom", () => {
  const text = receiptText(RECEIPT);
  assert.match(text, /^Safe: 1 file, 5 B, at \/mnt\/nas\/scan 7$/m);
  assert.match(text, /set aside +1 file \("a\.dat"\); now in \.labferry-superseded\/scan 7\/1/);
  assert.match(text, /kept there +no longer here: 2 files \("b\.dat", "c\.dat"\)/);
  assert.match(text, /left out +1 file \("d\.dat"\); accepted by asmith: a bubble/);
  assert.match(text, /litter .*"Thumbs\.db"/);
  assert.match(text, /also there .*"theirs\.csv"/);
});

Deno.test("receiptText says of lost files which were missing and which differed, and that nothing was touched", () => {
  const { verification } = RECEIPT;
  const left_out = {
    ...{ count: 3, names: ["d.dat", "e.dat", "f.dat"], operator: "asmith", reason: "a bubble" },
    differing: { count: 1, names: ["e.dat"] },
  };
  const account = { ...verification.account, left_out };
  const text = receiptText({ ...RECEIPT, verification: { ...verification, account } });
  assert.match(text, /left out +3 files \("d\.dat", "e\.dat", "f\.dat"\); accepted by asmith: a/);
  assert.match(
    text,
    /lost +3 files are lost: neither copy is as sealed; missing over there, or never proven: 2 files \("d\.dat", "f\.dat"\); different over there, and left as it is: 1 file \("e\.dat"\)/,
  );
});

Deno.test("receiptText has no empty lines for what did not happen", () => {
  const { verification } = RECEIPT;
  const none = { count: 0, names: [] };
  const account = { set_aside: { ...none, into: [] }, kept: none, left_out: null, litter: none };
  const plain = receiptText({
    ...RECEIPT,
    verification: { ...verification!, extra: [], notes: [], account },
  });
  assert.deepEqual(plain.split("\n").map((line) => line.trim().split(" ")[0]), [
    "Safe:",
    "proof",
    "check",
  ]);
});
