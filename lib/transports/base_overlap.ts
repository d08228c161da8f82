/** Two equipments may neither share a base nor put one inside the other's. */

interface Location {
  /** `""` for this machine, else the host or the remote. */
  readonly place: string;
  readonly segments: readonly string[];
}

/**
 * True when one base is the other or lies inside it, going by their addresses (`/mnt/nas/lab`,
 * `//nas01/lab`, `labuser@nas01:/srv/lab`, `lab-nas:lab/X`). Case, Unicode form and the account are
 * not looked at, because the far side may not tell them apart; a false alarm costs a rename, a
 * missed overlap costs data. Two names for one host, or a link, cannot be seen here: the marker at
 * the base (`identity.ts`) shows those.
 */
export function basesOverlap(a: string, b: string): boolean {
  const first = locationOf(a);
  const second = locationOf(b);
  if (first.place !== second.place) return false;
  const shared = Math.min(first.segments.length, second.segments.length);
  for (let i = 0; i < shared; i++) if (first.segments[i] !== second.segments[i]) return false;
  return true;
}

/** One text for one address: without a slash at its end, doubled slashes and `.`. */
export function addressKey(address: string): string {
  const { place, path } = split(address.normalize("NFC"));
  const root = /^[\\/]{2}/.test(path) ? "//" : /^[\\/]/.test(path) ? "/" : "";
  const below = segmentsOf(path).join("/");
  return place === "" ? `${root}${below}` : `${place}:${root}${below}`;
}

function locationOf(address: string): Location {
  const { place, path } = split(address.normalize("NFC").toLowerCase());
  return { place: place.replace(/^[^@/"]*@/, ""), segments: segmentsOf(path) };
}

/** A path of this machine, or `place:path`; a colon within quotes or brackets does not divide. */
function split(address: string): { readonly place: string; readonly path: string } {
  if (/^([\\/]|[a-z]:[\\/])/i.test(address)) return { place: "", path: address };
  const divided = /^(:?(?:"[^"]*"|\[[^\]]*\]|[^:"[])*):(.*)$/s.exec(address);
  return divided ? { place: divided[1]!, path: divided[2]! } : { place: "", path: address };
}

function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  // Elsewhere than in a path of Windows a backslash is part of a name.
  const divider = /^([a-z]:[\\/]|\\\\)/i.test(path) ? /[\\/]+/ : /\/+/;
  for (const segment of path.split(divider)) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments;
}
