/**
 * `done`: several things at once, as instruments end their runs. Each rule that is given has to hold;
 * what waits is said by the first that does not.
 */
import type { DoneRules, FileHolds, FileSays, MetaSize } from "../../config/mod.ts";
import { expectedKey, type Marks, MOST_READ } from "../marks.ts";
import { wordAt } from "./said_in_file.ts";
import type { SignalVerdict } from "./signal.ts";

const MINUTE_MS = 60_000;

export function judgeDone(
  marks: Marks,
  { done, quietMinutes }: { readonly done: DoneRules; readonly quietMinutes: number },
): SignalVerdict {
  const waitsFor = missing(marks, done) ?? says(marks, { rule: done.json, format: "json" }) ??
    says(marks, { rule: done.xml, format: "xml" }) ?? holds(marks, done.text) ??
    counts(marks, done) ?? sizes(marks, done.metaSize);
  if (waitsFor !== null) return { kind: "waits", waitsFor };
  const there = [...done.all, ...done.any].flatMap((text) => marks.first.get(text) ?? []);
  return {
    kind: "complete",
    quietMs: quietMinutes * MINUTE_MS,
    evidence: { done: there, ...(quietMinutes > 0 ? { quiet_minutes: quietMinutes } : {}) },
  };
}

function missing({ counts }: Marks, { all, any, notEmpty }: DoneRules): string | null {
  const one = [...all, ...notEmpty].find((text) => !counts.get(text));
  if (one !== undefined) return one;
  const empty = notEmpty.find((text) => counts.get(text) !== counts.get(expectedKey(text)));
  if (empty !== undefined) return `no file ${empty} to be empty`;
  return any.length === 0 || any.some((text) => counts.get(text)) ? null : any.join(" or ");
}

function says(
  { texts }: Marks,
  { rule, format }: { readonly rule: FileSays | null; readonly format: "json" | "xml" },
): string | null {
  if (rule === null) return null;
  const files = texts.get(rule.file);
  if (!files) return rule.file;
  for (const [path, text] of files) {
    const word = wordAt(text, { format, place: rule.place });
    if (word !== null && rule.equals.includes(word)) continue;
    const now = word === null ? "" : `, not ${JSON.stringify(word)}`;
    return `${path} to say ${rule.equals.join(" or ")}${now}`;
  }
  return null;
}

function holds({ texts }: Marks, rule: FileHolds | null): string | null {
  if (rule === null) return null;
  const files = texts.get(rule.file);
  if (!files) return rule.file;
  for (const [path, text] of files) {
    const lacks = rule.has.find((part) => !text?.toLowerCase().includes(part.toLowerCase()));
    if (lacks !== undefined) return `${path} to hold ${JSON.stringify(lacks)}`;
  }
  return null;
}

function counts({ counts }: Marks, { countEquals }: DoneRules): string | null {
  if (countEquals === null) return null;
  const [a, b] = [counts.get(countEquals.a) ?? 0, counts.get(countEquals.b) ?? 0];
  if (b === 0) return countEquals.b;
  return a === b ? null : `${countEquals.a}: ${a} of ${b} are there`;
}

/** Each meta file stands beside its data, and both are final. */
function sizes({ texts, sizes }: Marks, rule: MetaSize | null): string | null {
  if (rule === null) return null;
  const files = texts.get(rule.meta);
  if (!files || files.size === 0) return rule.meta;
  if (files.size > MOST_READ) return `fewer than ${MOST_READ} files ${rule.meta}`;
  for (const [path, text] of files) {
    const said = linesOf(text ?? "");
    const empty = [rule.key, ...rule.filled].find((key) => !said.get(key));
    if (empty !== undefined) return `${path} to say its ${empty}`;
    const data = path.replace(/\.[^./]*$/, "") + rule.of;
    const size = sizes.get(data);
    if (size === undefined) return data;
    if (String(size) !== said.get(rule.key)) {
      return `${data} to have ${said.get(rule.key)} bytes; it has ${size}`;
    }
  }
  return null;
}

function linesOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(/\r?\n/).map((line) => /^([^=]+)=(.*)$/.exec(line));
  return new Map(pairs.flatMap((pair) => pair ? [[pair[1]!.trim(), pair[2]!.trim()]] : []));
}
