/**
 * An interlock: one thing that has to hold before the local copy of a run may go (`sync.md` §6). Each is
 * a pure function in a file of its own; what it looks at is gathered before.
 */

/**
 * - `holds`: nothing stands in the way here;
 * - `waits`: it does not hold yet, and will by itself: with time, a later pass, or the look that a
 *   deletion makes first;
 * - `blocks`: it holds only when a person, or a setting, says so.
 */
export type Stand = "holds" | "waits" | "blocks";

/** By their numbers in `sync.md` §6. */
export const INTERLOCKS = [
  "passes",
  "age",
  "full_pass",
  "gate",
  "local_files",
  "nobody_holds",
] as const;
export type InterlockName = typeof INTERLOCKS[number];

export interface Interlock {
  readonly name: InterlockName;
  readonly stand: Stand;
  /** For people: what holds, or what is missing. */
  readonly sentence: string;
  /** What it was judged by, as the certificate keeps it. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** When it will hold if nothing comes in between, ISO 8601; null when that cannot be said. */
  readonly from: string | null;
}

/** What an interlock says of itself; its name is the file's. */
export type Judgement = Omit<Interlock, "name" | "from"> & { readonly from?: string | null };
