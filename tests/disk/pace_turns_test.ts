import assert from "node:assert/strict";
import fc from "fast-check";
import { endOfTurn } from "../../lib/disk/pace.ts";

const WINDOW_MICROS = 5_000_000n;
const WHOLE_PIECE = 4_096n;

/** Threads that take their turns on a clock of the test: when each piece was let go. */
function letGo(
  pieces: readonly {
    readonly thread: number;
    readonly bytes: number;
    readonly idleMicros: number;
  }[],
  rate: bigint,
): { readonly atMicros: bigint; readonly bytes: bigint }[] {
  const free = new Map<number, bigint>();
  let queued = 0n;
  let now = 1_000_000_000n;
  const went: { atMicros: bigint; bytes: bigint }[] = [];
  for (const { thread, bytes, idleMicros } of pieces) {
    // A thread asks when its last piece is through; the clock never goes back.
    const asks = (free.get(thread) ?? now) + BigInt(idleMicros);
    now = asks > now ? asks : now;
    queued = endOfTurn({
      queued,
      now,
      span: BigInt(bytes) * 1_000_000n / rate,
      pieceSpan: WHOLE_PIECE * 1_000_000n / rate,
    });
    free.set(thread, queued);
    went.push({ atMicros: queued, bytes: BigInt(bytes) });
  }
  return went.sort((a, b) => a.atMicros < b.atMicros ? -1 : 1);
}

const piece = fc.record({
  thread: fc.integer({ min: 0, max: 3 }),
  bytes: fc.integer({ min: 1, max: 4_096 }),
  idleMicros: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000_000 })),
});

Deno.test("endOfTurn lets no 5 s have more than their share, whoever waits or rests", () => {
  const rates = fc.constantFrom(1_250n, 12_500n, 125_000n, 12_500_000n);
  fc.assert(fc.property(fc.array(piece, { minLength: 2, maxLength: 60 }), rates, (pieces, rate) => {
    const went = letGo(pieces, rate);
    for (const [first, { atMicros: from }] of went.entries()) {
      // Behind the first piece of a window: it was paid for before.
      let sum = 0n;
      for (const { atMicros, bytes } of went.slice(first + 1)) {
        if (atMicros > from + WINDOW_MICROS) break;
        sum += bytes;
      }
      // Spans are cut to whole microseconds: one of them a piece.
      const share = rate * (WINDOW_MICROS + BigInt(went.length)) / 1_000_000n + 1n;
      assert.ok(sum <= share, `${sum} bytes in 5 s at ${rate} a second`);
    }
  }));
});

Deno.test("endOfTurn does not wait for a clock that jumped, and waits for slow threads", () => {
  const now = 1_000_000_000n;
  const small = { span: 1_000n, pieceSpan: 250_000n };
  assert.equal(endOfTurn({ queued: now + 3_600_000_000n, now, ...small }), now + 1_000n);
  // 4096 bytes at the least ceiling: four threads wait longer than five seconds.
  const span = 3_276_800n;
  const whole = { span, pieceSpan: span };
  assert.equal(endOfTurn({ queued: now + 3n * span, now, ...whole }), now + 4n * span);
  // The last piece of a file is small, and waits behind whole ones all the same.
  const last = endOfTurn({ queued: now + 3n * span, now, span: 800n, pieceSpan: span });
  assert.equal(last, now + 3n * span + 800n);
});
