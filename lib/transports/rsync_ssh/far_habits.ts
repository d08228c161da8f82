/** What a place does to names: asked by writing one and looking for its other forms. */
import type { NameHabits } from "../contract.ts";
import type { FarScript } from "./far_script.ts";
import { ENTER } from "./far_scripts.ts";

/** Names to try: each is made, and then asked for in its other form. */
export interface Trial {
  readonly written: string;
  readonly asked: string;
}

/** Fresh names that nobody has; composed and decomposed forms of one letter. */
export function trials(): { readonly byCase: Trial; readonly byForm: Trial } {
  const random = crypto.getRandomValues(new Uint8Array(6)).toHex();
  return {
    byCase: {
      written: `.labferry-habit-Aa-${random}`,
      asked: `.LABFERRY-HABIT-aA-${random.toUpperCase()}`,
    },
    byForm: {
      written: `.labferry-habit-\u00e9-${random}`,
      asked: `.labferry-habit-e\u0301-${random}`,
    },
  };
}

/**
 * Goes as far down as there are folders. `mkdir` never takes what is there already; a link of the
 * other name counts as found. Prints `same`, `other` or `unknown` for each pair of arguments.
 */
export function farHabits(base: string, farDir: string): FarScript {
  const { byCase, byForm } = trials();
  const text = `${ENTER} base "$1"; (walk "$2" look; :) || exit 61; way=$2; shift 2;` +
    ' (walk "$way" look; unset IFS; set +f; while [ $# -gt 1 ]; do if mkdir "./$1" 2>/dev/null; then' +
    ' if [ -d "./$2" ]; then echo same; else echo other; fi; rmdir "./$1"; else echo unknown; fi;' +
    " shift 2; done)";
  const words = [byCase, byForm].flatMap(({ written, asked }) => [written, asked]);
  return { text, args: [base, farDir, ...words] };
}

/** From what the script printed. */
export function habitsFrom(said: string): NameHabits {
  const [byCase, byForm] = said.split("\n").map((line) =>
    line === "same" ? true : line === "other" ? false : null
  );
  return { foldsCase: byCase ?? null, normalises: byForm ?? null };
}
