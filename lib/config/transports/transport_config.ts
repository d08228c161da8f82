/** What the configuration has to know of each kind of transport; a file beside this one answers it. */
import { namesOf } from "../../base/mod.ts";
import type { Bandwidth, TransportSettings } from "../config.ts";
import type { KeyPath } from "../problems.ts";

/** Where a destination's base is, as far as can be seen from here. */
export interface Location {
  /** Bases on different hosts never meet; `local` is this computer. */
  readonly host: string;
  readonly names: readonly string[];
}

/** What is known beside the entry while it is made whole. */
export interface ResolveContext {
  /** The equipment's `nas_root`. */
  readonly nasRoot: string;
  readonly bandwidth: Bandwidth;
  /** The path that stands at a key of the equipment, `~` written out. */
  readonly pathAt: (key: KeyPath, text: string) => string;
  readonly complain: (key: KeyPath, what: string) => void;
}

/** null when a complaint was made that leaves no transport to speak of. */
export type ResolveTransport<Entry, Settings extends TransportSettings> = (
  entry: Entry,
  context: ResolveContext,
) => Settings | null;

/** A folder below a destination's base, whatever its base ends with. */
export function joinBelow(base: string, folder: string): string {
  return base === "" ? folder : `${base.replace(/[/\\]+$/, "")}/${folder}`;
}

/** A configuration may be written for Windows and read elsewhere. */
export function namesIn(path: string): string[] {
  return namesOf(path, /[/\\]/);
}
