/** A ceiling in megabits per second, as what a pacer is told. */

/**
 * Whole bytes per second, rounded down so that the ceiling holds; null for no ceiling. A megabit is
 * 10^6 bits (ISQ; not the 2^20 of some tools).
 *
 * @throws RangeError unless the ceiling is null or gives at least one byte per second
 */
export function bytesPerSecond(uploadMbps: number | null): number | null {
  if (uploadMbps === null) return null;
  const bytes = Math.floor((uploadMbps * 1_000_000) / 8);
  if (bytes >= 1) return bytes;
  throw new RangeError(`an upload ceiling must be more than 0 Mbit/s, got ${uploadMbps}`);
}
