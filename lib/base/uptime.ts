/** How long this computer has been up; endless where that cannot be known, so that nothing rests on it. */
import { uptime } from "node:os";

/** Milliseconds. */
export function uptimeMs(): number {
  const seconds = uptime();
  return seconds > 0 ? seconds * 1000 : Infinity;
}
