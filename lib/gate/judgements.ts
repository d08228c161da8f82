/**
 * The rules, asked by subject: a name, a folder's names, a text, a record. Which rule judges what
 * follows from the list, so a new rule is asked wherever its subject comes up.
 */
import type { LayoutNames } from "../records/mod.ts";
import { dirname } from "node:path";
import type { GateSettings } from "./settings.ts";
import { GATE_RULES, type Rule } from "./rules/mod.ts";
import type { Fault, Judges, TextKind, Tier, TokenAt } from "./rules/rule.ts";
import { SharedKeys } from "./shared_keys.ts";
import { utf8Length } from "./utf8_length.ts";

/** What a rule says of one subject; the walk adds where it was. */
export interface Hit extends Fault {
  readonly rule: Rule;
}

/** What the rules say that judge this subject, in the list's order. */
export function hitsOf<Subject extends keyof Judges>(
  subject: Subject,
  ask: (judge: NonNullable<Judges[Subject]>) => Fault | null,
): Hit[] {
  const hits: Hit[] = [];
  for (const { rule, judge } of rulesFor(subject)) {
    const fault = ask(judge);
    if (fault !== null) hits.push({ rule, ...fault });
  }
  return hits;
}

function rulesFor<Subject extends keyof Judges>(subject: Subject) {
  return GATE_RULES.flatMap(({ id, judges }) => {
    const judge = judges[subject];
    return judge === undefined ? [] : [{ rule: id, judge }];
  });
}

const NAME = rulesFor("name");
const PATH = rulesFor("path");
const TEXT = rulesFor("text");

/** Matches nearly no name there is: one search for all the rules about names. */
const ANY_MINDS = new RegExp(NAME.map(({ judge }) => judge.minds.source).join("|"), "i");

/** True for a name that certainly breaks no rule but those about the length of its path. */
export function isHarmless(name: string): boolean {
  return !ANY_MINDS.test(name);
}

/** Hits of a name, whose folder's path has `folderBytes` at the destination. */
export function nameHits(
  name: string,
  about: { readonly folderBytes: number; readonly settings: GateSettings },
): Hit[] {
  const { folderBytes, settings } = about;
  const hits = isHarmless(name) ? [] : hitsOf("name", ({ judge }) => judge(name, settings));
  const nameBytes = utf8Length(name);
  const path = { name, nameBytes, pathBytes: folderBytes + 1 + nameBytes };
  for (const { rule, judge } of PATH) {
    const fault = judge(path, settings);
    if (fault !== null) hits.push({ rule, ...fault });
  }
  return hits;
}

/** Hits of one folder of the layout; `path` is where that folder is, or would be. */
export function segmentHits(
  segment: { readonly name: string; readonly role: keyof LayoutNames; readonly path: string },
  options: { readonly settings: GateSettings; readonly projectTier?: Tier },
): Hit[] {
  const { name, role, path } = segment;
  const { settings, projectTier = "soft" } = options;
  const hits = nameHits(name, { folderBytes: utf8Length(dirname(path)), settings });
  if (role !== "project") return hits;
  return [...hits, ...hitsOf("project", (judge) => judge(name, projectTier))];
}

/** Hits of a run whose parent folder, name and record do not agree. */
export function runKindHits(layout: LayoutNames, recorded: string | null): Hit[] {
  const signals = { parentFolder: layout.folder, leaf: layout.leaf, recorded };
  return hitsOf("runKind", (judge) => judge(signals));
}

/** Hits that only its neighbours show, by name; names without any are not in it. */
export function neighbourHits(names: readonly string[]): ReadonlyMap<string, readonly Hit[]> {
  const hits = new Map<string, Hit[]>();
  for (const { rule, judge } of rulesFor("neighbours")) {
    for (const [name, fault] of judge(names)) {
      const hit = { rule, ...fault };
      const known = hits.get(name);
      if (known === undefined) hits.set(name, [hit]);
      else known.push(hit);
    }
  }
  return hits;
}

const NEIGHBOUR_KEYS = rulesFor("neighbourKey").map(({ judge }) => judge);
if (NEIGHBOUR_KEYS.length !== rulesFor("neighbours").length) {
  throw new TypeError("a rule about neighbours has no key");
}

/** Finds out which of a folder's names need to be looked at together; the others are not kept. */
export class NeighbourSieve {
  readonly #keys = NEIGHBOUR_KEYS.map((keyOf) => ({ keyOf, shared: new SharedKeys() }));

  see(name: string): void {
    for (const { keyOf, shared } of this.#keys) shared.add(keyOf(name));
  }

  get hasSuspects(): boolean {
    return this.#keys.some(({ shared }) => shared.hasAny);
  }

  /** False for a name that certainly breaks no rule about neighbours. */
  suspects(name: string): boolean {
    return this.#keys.some(({ keyOf, shared }) => shared.has(keyOf(name)));
  }
}

/** What one rule found in a text. */
export interface Leftovers {
  readonly rule: Rule;
  readonly found: readonly TokenAt[];
}

/** What a template left in a text, by rule. */
export function leftoversIn(text: string, kind: TextKind): Leftovers[] {
  return TEXT.map(({ rule, judge }) => ({ rule, found: judge.find(text, kind) }));
}

const OPENING_BYTES = TEXT.map(({ judge }) => judge.opens.charCodeAt(0));
const FRONT_MATTER_BYTES = rulesFor("frontMatter").map(({ judge }) => judge.opens.charCodeAt(0));

/** False for a text in which certainly no rule finds anything. */
export function mayHold(bytes: Uint8Array, kind: TextKind): boolean {
  if (OPENING_BYTES.some((byte) => bytes.includes(byte))) return true;
  return kind === "markdown" && FRONT_MATTER_BYTES.some((byte) => bytes.includes(byte));
}
