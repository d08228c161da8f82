/** Asking often and acting seldom: progress that is drawn, not counted. */

export interface AtMostEveryOptions {
  /** @default {performance.now} */
  readonly nowMs?: () => number;
  /** False when the first gap begins now, before anything was done. @default {true} */
  readonly atOnce?: boolean;
}

/** A question that is answered with true at most once in `gapMs`. */
export function atMostEvery(
  gapMs: number,
  { nowMs = () => performance.now(), atOnce = true }: AtMostEveryOptions = {},
): () => boolean {
  let lastMs = atOnce ? -Infinity : nowMs();
  return () => {
    const now = nowMs();
    if (now - lastMs < gapMs) return false;
    lastMs = now;
    return true;
  };
}
