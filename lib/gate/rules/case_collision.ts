/** `case_collision`: two names in one folder that are one name on the NAS. */
import { compareUtf8 } from "../../base/mod.ts";
import type { Hit } from "../finding.ts";
import { foldName } from "../../base/mod.ts";

/**
 * Every name but the first of each group that collides, with its hit: of `A`, `a` and `b` it is
 * `a`. `names` are the entries of one directory, each once.
 */
export function caseCollisions(names: readonly string[]): Map<string, Hit> {
  const hits = new Map<string, Hit>();
  if (allDiffer(names)) return hits;
  const groups = new Map<string, string[]>();
  for (const name of [...names].sort(compareUtf8)) {
    const key = foldName(name);
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  for (const [first, ...others] of groups.values()) {
    for (const name of others) hits.set(name, collision(name, first!));
  }
  return hits;
}

/** The hit for `name` when another of `siblings` collides with it. */
export function collidesWith(name: string, siblings: readonly string[]): Hit | null {
  const key = foldName(name);
  const others = siblings.filter((other) => other !== name && foldName(other) === key);
  const other = others.sort(compareUtf8)[0];
  return other === undefined ? null : collision(name, other);
}

function allDiffer(names: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const name of names) seen.add(foldName(name));
  return seen.size === names.length;
}

function collision(name: string, other: string): Hit {
  const twins = name.normalize("NFC") === other.normalize("NFC");
  const how = twins ? "only in how accents are encoded (NFC, NFD)" : "only in case";
  return {
    rule: "case_collision",
    tier: "hard",
    token: name,
    detail: `differs from ${JSON.stringify(other)} ${how}; on the NAS one would replace the other`,
  };
}
