import assert from "node:assert/strict";
import { Deadline } from "../../lib/web/http/deadline.ts";

Deno.test("Deadline rings for what is late, also after earlier ones that were in time", async () => {
  const late = Promise.withResolvers<void>();
  const deadline = new Deadline(late.resolve);
  deadline.set(60_000);
  deadline.lift();
  deadline.set(5);
  deadline.lift();
  deadline.set(10);
  await late.promise;
  assert.equal(deadline.isPast, true);
  deadline.end();
});

Deno.test("Deadline rings for nothing that came in time, and for nothing after its end", async () => {
  let rings = 0;
  const deadline = new Deadline(() => rings++);
  deadline.set(1);
  deadline.lift();
  const other = Promise.withResolvers<void>();
  const later = new Deadline(other.resolve);
  later.set(20);
  await other.promise;
  later.end();
  assert.equal(rings, 0);
  deadline.end();
  // Nothing is left that would keep this test from ending.
  deadline.set(1);
});
