import assert from "node:assert/strict";
import { type DiskFacts, forecast } from "../../lib/custody/forecast.ts";
import { HOUR_MS, hoursLater } from "./facts.ts";

const GB = 1e9;

function facts(more: Partial<DiskFacts> = {}): DiskFacts {
  return {
    totalBytes: 1000 * GB,
    freeBytes: 500 * GB,
    sealedBytes: 70 * GB,
    sinceMs: 7 * 24 * HOUR_MS,
    provenBytes: 300 * GB,
    staysMs: null,
    now: hoursLater(0),
    ...more,
  };
}
const calm = { warned: false };

Deno.test("forecast says how fast a disk fills and when it is full", () => {
  const { bytesPerDay, fullAt, warning } = forecast(facts(), calm);
  assert.equal(bytesPerDay, 10 * GB);
  assert.deepEqual(fullAt, hoursLater(50 * 24));
  assert.equal(warning, null);
});

Deno.test("forecast takes a first hour for no day, and nothing for no end", () => {
  assert.equal(forecast(facts({ sinceMs: HOUR_MS }), calm).bytesPerDay, 70 * GB);
  assert.equal(forecast(facts({ sealedBytes: 0 }), calm).fullAt, null);
  assert.equal(forecast(facts({ sealedBytes: 1 }), calm).fullAt, null);
});

Deno.test("forecast warns of a disk that is almost full, or will be within a day, and not again at the edge", () => {
  const warningAt = (more: Partial<DiskFacts>, warned: boolean) =>
    forecast(facts(more), { warned }).warning;
  assert.equal(warningAt({ freeBytes: 49 * GB }, false), "almost_full");
  assert.equal(warningAt({ freeBytes: 60 * GB, sealedBytes: 0 }, false), null);
  assert.equal(warningAt({ freeBytes: 60 * GB, sealedBytes: 0 }, true), "almost_full");
  assert.equal(warningAt({ freeBytes: 71 * GB, sealedBytes: 0 }, true), null);
  const aDay = { freeBytes: 100 * GB, sealedBytes: 7 * 110 * GB };
  assert.equal(warningAt(aDay, false), "full_soon");
  const more = { ...aDay, freeBytes: 120 * GB };
  assert.equal(warningAt(more, false), null);
  assert.equal(warningAt(more, true), "full_soon");
});

Deno.test("forecast says when more comes than can be proven and let go in time", () => {
  // 500 GB are free and 300 GB may go: room for 800 GB while a run stays five days.
  const stays = { staysMs: 5 * 24 * HOUR_MS, sealedBytes: 7 * 161 * GB };
  assert.deepEqual(
    [forecast(facts(stays), calm).isOutrun, forecast(facts(stays), calm).warning],
    [true, "full_soon"],
  );
  const less = { ...stays, sealedBytes: 7 * 159 * GB };
  assert.deepEqual(
    [forecast(facts(less), calm).isOutrun, forecast(facts(less), calm).warning],
    [false, null],
  );
  assert.equal(forecast(facts(less), { warned: true }).warning, "full_soon", "not at the edge");
  assert.equal(forecast(facts({ ...stays, staysMs: null }), calm).isOutrun, false);
});
