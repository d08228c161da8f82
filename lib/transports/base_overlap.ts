/** Two equipments may neither share a base nor put one inside the other's. */
import { namesOf, overlap } from "../base/mod.ts";

interface Location {
  /** `""` for this machine, else the host or the remote. */
  readonly host: string;
  readonly names: readonly string[];
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
  return first.host === second.host && overlap(first.names, second.names);
}

/**
 * One text for one address: without a slash at its end, doubled slashes and `.`; a path of Windows, which
 * does not tell `N:\inbox` from `n:/INBOX`, in small letters.
 */
export function addressKey(address: string): string {
  const { host, path } = split(foldedOnWindows(address.normalize("NFC")));
  const root = /^[\\/]{2}/.test(path) ? "//" : /^[\\/]/.test(path) ? "/" : "";
  const below = namesIn(path).join("/");
  return host === "" ? `${root}${below}` : `${host}:${root}${below}`;
}

function foldedOnWindows(address: string): string {
  return /^([a-z]:[\\/]|\\\\)/i.test(address) ? address.toLowerCase() : address;
}

function locationOf(address: string): Location {
  const { host, path } = split(address.normalize("NFC").toLowerCase());
  return { host: host.replace(/^[^@/"]*@/, ""), names: namesIn(path) };
}

/** A path of this machine, or `host:path`; a colon within quotes or brackets does not divide. */
function split(address: string): { readonly host: string; readonly path: string } {
  if (/^([\\/]|[a-z]:[\\/])/i.test(address)) return { host: "", path: address };
  const divided = /^(:?(?:"[^"]*"|\[[^\]]*\]|[^:"[])*):(.*)$/s.exec(address);
  return divided ? { host: divided[1]!, path: divided[2]! } : { host: "", path: address };
}

function namesIn(path: string): string[] {
  // Elsewhere than in a path of Windows a backslash is part of a name.
  return namesOf(path, /^([a-z]:[\\/]|\\\\)/i.test(path) ? /[\\/]+/ : /\/+/);
}
