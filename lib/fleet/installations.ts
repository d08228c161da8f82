/** Which heartbeats are one installation's, and which of them still say something. */
import type { FleetFolder, FoundHeartbeat } from "./find_heartbeats.ts";
import type { Heartbeat, HeartbeatHead } from "./heartbeat.ts";

/**
 * One installation writes at each of its bases, and keeps its id when the computer gets another name
 * (`rules.md` 30). A file that cannot be read is that of the others with its name.
 */
export function byInstallation(folders: readonly FleetFolder[]): Map<string, FoundHeartbeat[]> {
  const found = folders.flatMap(({ heartbeats }) => heartbeats);
  const idOf = new Map(found.flatMap((one) => {
    const head = headOf(one);
    return head === null ? [] : [[one.stem, head.state_id] as const];
  }));
  const all = new Map<string, FoundHeartbeat[]>();
  for (const one of found) {
    const key = headOf(one)?.state_id ?? idOf.get(one.stem) ?? one.stem;
    all.set(key, [...all.get(key) ?? [], one]);
  }
  return all;
}

/** Every name that any of them had. */
export function formerNames(found: ReadonlyMap<string, readonly FoundHeartbeat[]>): string[] {
  return [...found.values()].flat().flatMap((one) => headOf(one)?.host ?? []);
}

export function headOf({ reading }: FoundHeartbeat): HeartbeatHead | null {
  switch (reading.kind) {
    case "heartbeat":
      return reading.heartbeat;
    case "newer":
      return reading.head;
    case "unreadable":
      return null;
  }
}

/**
 * Of each instrument what was said last: a base that was left behind says nothing of it any more. What has
 * no instrument left is left out, but for the newest.
 */
export function lastWords(beats: readonly Heartbeat[]): Heartbeat[] {
  const said = new Set<string>();
  return beats.flatMap((beat, i) => {
    const equipment = beat.equipment.filter(({ id }) => !said.has(id));
    for (const { id } of equipment) said.add(id);
    return i === 0 || equipment.length > 0 ? [{ ...beat, equipment }] : [];
  });
}
