/**
 * The id of an override that was written without one (before 1.6): derived from its content, so
 * that every reader, today and next year, calls it by the same name and it can be revoked.
 */
import { derivedId } from "../base/mod.ts";

/** The entry, with a derived `id` where it has none. Anything but an object is given back as is. */
export function withDerivedId(entry: unknown): unknown {
  if (!lacksId(entry)) return entry;
  return { ...entry, id: derivedOverrideId(entry) };
}

/** True for an override or tombstone whose `id` is absent, null or empty. */
export function lacksId(entry: unknown): entry is Record<string, unknown> {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return false;
  const id = (entry as Record<string, unknown>)["id"];
  return id === undefined || id === null || id === "";
}

/** UUID v5 of the entry's content, whatever the order of its keys. */
export function derivedOverrideId(entry: Readonly<Record<string, unknown>>): string {
  const { id: _, ...content } = entry;
  return derivedId(`validation_override:${canonical(content)}`);
}

/** JSON with sorted keys and no white space: one text for one content. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)}}`;
}
