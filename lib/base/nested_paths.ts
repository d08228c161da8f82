/** Whether one folder is another or lies inside it, going by names. */
import { isAbsolute, relative, sep } from "node:path";

/** True when `inner` is `outer` or lies below it; both are absolute paths of this computer. */
export function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * The names a path is made of, for a path of another computer: `.` and doubled dividers are
 * nothing, `..` takes a name away.
 */
export function namesOf(path: string, divider: RegExp): string[] {
  const names: string[] = [];
  for (const name of path.split(divider)) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

/** As `isWithin`, by names. */
export function isWithinNames(inner: readonly string[], outer: readonly string[]): boolean {
  return outer.every((name, i) => inner[i] === name);
}

/** True when one of the two is or holds the other. */
export function overlap(a: readonly string[], b: readonly string[]): boolean {
  return isWithinNames(a, b) || isWithinNames(b, a);
}
