/**
 * What the runtime itself is asked for (random bytes, ids, what time it is) comes from the life too: rows
 * are ordered by their ids and records hold times, so that without it a seed gave another life in each
 * process.
 */
import { Dice } from "./dice.ts";
import type { SimTime } from "./sim_clock.ts";

interface Own {
  readonly dice: Dice;
  readonly time: SimTime;
}

let own: Own | null = null;
let isInstalled = false;

const { now: realNow } = Date;
const realElapsed = performance.now.bind(performance);

/** Of the real world, for whoever measures. */
export function elapsedMs(): number {
  return realElapsed();
}

/** Null: the real ones again. Not the life's own dice: what the product asks for shifts none of its throws. */
export function useChance(next: { readonly seed: number; readonly time: SimTime } | null): void {
  own = next && { dice: new Dice(next.seed ^ OTHER), time: next.time };
  if (!isInstalled) install();
  isInstalled = true;
}

const OTHER = 0x5bd1e995;

function install(): void {
  const { crypto, Math: math, Date: RealDate } = globalThis;
  const real = crypto.getRandomValues.bind(crypto);
  const random = math.random;
  crypto.getRandomValues = ((into: Uint8Array) => {
    if (own === null) return real(into as Uint8Array<ArrayBuffer>);
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = own.dice.between(0, 255);
    return into;
  }) as typeof crypto.getRandomValues;
  crypto.randomUUID = () => {
    const hex = crypto.getRandomValues(new Uint8Array(16)).toHex();
    const [a, b, c, d, e] = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(13, 16),
      hex.slice(17, 20),
      hex.slice(20),
    ];
    return `${a}-${b}-4${c}-8${d}-${e}`;
  };
  math.random = () => own === null ? random() : own.dice.next();
  // Of this computer: asking the system each time is slow.
  const cards = Deno.networkInterfaces();
  Deno.networkInterfaces = () => cards;
  RealDate.now = () => own === null ? realNow() : own.time.wallMs;
  performance.now = () => own === null ? realElapsed() : own.time.trueMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (_, args: unknown[], to) =>
      Reflect.construct(RealDate, args.length === 0 ? [RealDate.now()] : args, to) as Date,
  });
}
