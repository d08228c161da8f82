/** `case_collision`: two names in one folder that are one name on the NAS. */
import { compareUtf8, foldName } from "../../base/mod.ts";
import { type Fault, gateRule } from "./rule.ts";

export const caseCollision = gateRule({
  id: "case_collision",
  mayBeHard: true,
  title: "Two names in one folder are one name on the NAS",
  why: "one of the two would silently replace the other there",
  fix: "Rename one of the two so that they differ in more than case or accents.",
  judges: { neighbours: collisionsIn, neighbourKey: foldName },
});

/**
 * Every name but the first of each group that collides, with its fault: of `A`, `a` and `b` it is
 * `a`.
 */
function collisionsIn(names: readonly string[]): Map<string, Fault> {
  const faults = new Map<string, Fault>();
  if (allDiffer(names)) return faults;
  const groups = new Map<string, string[]>();
  for (const name of [...names].sort(compareUtf8)) {
    const key = foldName(name);
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  for (const [first, ...others] of groups.values()) {
    for (const name of others) faults.set(name, collision(name, first!));
  }
  return faults;
}

function allDiffer(names: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const name of names) seen.add(foldName(name));
  return seen.size === names.length;
}

function collision(name: string, other: string): Fault {
  const twins = name.normalize("NFC") === other.normalize("NFC");
  const how = twins ? "only in how accents are encoded (NFC, NFD)" : "only in case";
  return {
    tier: "hard",
    token: name,
    detail: `differs from ${JSON.stringify(other)} ${how}; on the NAS one would replace the other`,
  };
}
