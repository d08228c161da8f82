/**
 * The kinds of transports as the configuration knows them, one file each with `schema`, `resolve`,
 * `location` and `baseKey`. A new one is added to `KINDS`, and to the union in `schema_transport.ts`.
 */
import type { TransportSettings } from "../config.ts";
import type { KeyPath } from "../problems.ts";
import type { TransportEntry } from "../schema_transport.ts";
import { mount } from "./mount.ts";
import { rclone } from "./rclone.ts";
import { rsyncSsh } from "./rsync_ssh.ts";
import type { Location, ResolveContext, ResolveTransport } from "./transport_config.ts";

export { type Location, namesIn, type ResolveContext } from "./transport_config.ts";

type Type = TransportSettings["type"];
type Settings<T extends Type> = Extract<TransportSettings, { readonly type: T }>;
type Entry<T extends Type> = Extract<TransportEntry, { readonly type: T }>;

type Kinds = {
  readonly [T in Type]: {
    readonly resolve: ResolveTransport<Entry<T>, Settings<T>>;
    readonly location: (settings: Settings<T>, fold: (path: string) => string) => Location;
    readonly below: (settings: Settings<T>, folder: string) => Settings<T>;
    readonly baseKey: KeyPath;
  };
};

const KINDS: Kinds = { mount, rclone, rsync_ssh: rsyncSsh };

export function resolveTransport<T extends Type>(
  entry: Entry<T> & { readonly type: T },
  context: ResolveContext,
): TransportSettings | null {
  return KINDS[entry.type].resolve(entry, context);
}

/** `fold` is what this computer does to names. */
export function locationOf<T extends Type>(
  settings: Settings<T> & { readonly type: T },
  fold: (path: string) => string,
): Location {
  return KINDS[settings.type].location(settings, fold);
}

/** The same transport with a folder below its base as the base. */
export function transportBelow<T extends Type>(
  settings: Settings<T> & { readonly type: T },
  folder: string,
): TransportSettings {
  return KINDS[settings.type].below(settings, folder);
}

/** The key of an equipment's destination that a person has to change. */
export function baseKeyOf({ type }: Pick<TransportSettings, "type">): KeyPath {
  return KINDS[type].baseKey;
}
