/** What people read of a report's past: whether it is as it was written, and what became of it. */
import { manyOf } from "./sentences.ts";
import type { Tone } from "../queue/mod.ts";

/** What a walk along a report's history found. */
export interface HistoryCheck {
  readonly ok: boolean;
  readonly breaks: readonly { readonly what: string }[];
  readonly events: number;
  readonly backups: number;
}

export interface Standing {
  readonly words: string;
  readonly tone: Tone;
  readonly more: string;
}

export function historyStanding({ ok, breaks, events, backups }: HistoryCheck): Standing {
  if (ok) {
    return {
      words: "as it was written",
      tone: "safe",
      more: `${manyOf(events, "line")} of history and ${
        manyOf(backups, "earlier state")
      } fit together.`,
    };
  }
  const others = breaks.length > 1 ? ` After it ${manyOf(breaks.length - 1, "more")}.` : "";
  return {
    words: "not as it was written",
    tone: "bad",
    more: `The first break: ${breaks[0]?.what ?? "unknown"}.${others}`,
  };
}

export const DIFFERENCE_WORDS: Readonly<Record<"added" | "removed" | "changed", string>> = {
  added: "New",
  removed: "Gone",
  changed: "Changed",
};

export const INSIGHT_WEIGHTS = {
  routine: null,
  notable: { words: "needed attention", tone: "wait" },
  failed: { words: "failed or damaged", tone: "bad" },
} as const satisfies Record<string, { readonly words: string; readonly tone: Tone } | null>;
