/**
 * One suite for every transport. A transport's own test file says how to make a fresh place and
 * which tools that needs; everything above the transports (identity, ownership, passes, the order
 * of the books) relies on nothing but what is asserted here.
 *
 * ```ts
 * transportContract("mount", [], () => mountPlace());
 * ```
 */
import type { Transport } from "../../lib/transports/contract.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { ARRIVAL } from "./arrival.ts";
import { FETCH } from "./fetch.ts";
import { INTERRUPTION } from "./interruption.ts";
import { IN_THE_WAY } from "./in_the_way.ts";
import { LINKS } from "./links.ts";
import { LOOK } from "./look.ts";
import { PLACE } from "./place.ts";
import { PROOF } from "./proof.ts";
import { SET_ASIDE } from "./set_aside.ts";
import { SMALL_FILES } from "./small_files.ts";
import { openStage, type Stage } from "./stage.ts";
import { SUPERSEDE } from "./supersede.ts";

/** A destination nobody has used yet. Its base, and the base's parent, do not exist. */
export interface Place extends AsyncDisposable {
  readonly transport: Transport;
  /** The base as a folder of this machine, to look at and to damage behind the transport's back. */
  readonly basePath: string;
  /** How finely the place keeps modification times; null where it keeps none. */
  readonly timeStepMs: 1 | 1000 | null;
  /**
   * To be called after something was put below `basePath` and before the transport changes it, where
   * that folder is a view of a place (`rclone mount`), which goes on believing in its own writes.
   */
  forgetWrites?(): Promise<void>;
  /** Names in any case are one file there. @default false */
  readonly foldsCase?: boolean;
  /** False for an object store, where `x` and `x/y` stand beside each other. @default true */
  readonly hasFolders?: boolean;
  /** A name that only the push can refuse: the transport alone does not know what is behind it. */
  refusesName?(path: string): boolean;
  /** What a name is on the place's disk, where it cannot be the same. @default the name itself */
  nameThere?(path: string): string;
  /**
   * The ceiling that the latest push really gave to its tool or pacer, in megabits per second; null
   * for none. Read from what the tool was told, not from what the transport was asked.
   */
  toldUploadMbps(): number | null | Promise<number | null>;
}

export interface Clause {
  /** Short and stable: a known gap names it. */
  readonly id: string;
  /** Continues the transport's name: "sends exactly the list". */
  readonly sentence: string;
  readonly tools?: readonly Tool[];
  readonly run: (stage: Stage) => Promise<void>;
}

/** Clause id → why this transport cannot keep it. Shown as an ignored test with its reason. */
export type KnownGaps = Readonly<Record<string, string>>;

const CLAUSES: readonly Clause[] = [
  ...PLACE,
  ...ARRIVAL,
  ...INTERRUPTION,
  ...SUPERSEDE,
  ...IN_THE_WAY,
  ...SET_ASIDE,
  ...PROOF,
  ...LOOK,
  ...SMALL_FILES,
  ...LINKS,
  ...FETCH,
];

/** Registers every clause as a test called `<name> <sentence>`. */
export function transportContract(
  name: string,
  tools: readonly Tool[],
  make: () => Promise<Place>,
  knownGaps: KnownGaps = {},
): void {
  const ids = new Set(CLAUSES.map((clause) => clause.id));
  for (const id of Object.keys(knownGaps)) {
    if (!ids.has(id)) throw new Error(`known gap "${id}" is no clause of the contract`);
  }
  for (const clause of CLAUSES) {
    const title = `${name} ${clause.sentence}`;
    const gap = knownGaps[clause.id];
    if (gap !== undefined) {
      Deno.test({ name: `${title} [known gap: ${gap}]`, ignore: true, fn: () => {} });
      continue;
    }
    testWith([...tools, ...(clause.tools ?? [])], title, async () => {
      await using stage = await openStage(make);
      await clause.run(stage);
    });
  }
}
