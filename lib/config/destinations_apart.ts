/**
 * Two equipments never share or nest the bases of their destinations: each must be able
 * to say "this is mine" of everything below its own.
 */
import { isWithinNames, overlap } from "../base/mod.ts";
import type { Equipment, TransportSettings } from "./config.ts";
import type { Complaint, KeyPath } from "./problems.ts";
import { baseKeyOf, type Location, locationOf, namesIn } from "./transports/mod.ts";

export interface EquipmentAtKey {
  readonly equipment: Equipment;
  /** `["equipment", 3]`. */
  readonly keyPath: KeyPath;
}

export interface ApartOptions {
  /** Windows and macOS fold case in file names. */
  readonly foldsCase: boolean;
  readonly stagingRoot: string | null;
  /** Below it received equipment that is not configured has its destinations. */
  readonly receiving: TransportSettings | null;
  readonly complain: (complaint: Complaint) => void;
}

export function checkDestinationsApart(
  all: readonly EquipmentAtKey[],
  options: ApartOptions,
): void {
  const fold = (path: string) => options.foldsCase ? path.toLowerCase() : path;
  const sources = new Map<string, string[]>();
  for (const { equipment } of all) sources.set(equipment.localRoot, []);
  if (options.stagingRoot !== null) sources.set(options.stagingRoot, []);
  for (const root of sources.keys()) sources.set(root, namesIn(fold(root)));
  const bases = all.map(({ equipment }) => locationOf(equipment.transport, fold));
  checkReceiving({ ...options, fold, sources, bases });

  for (const [i, { equipment, keyPath }] of all.entries()) {
    const base = bases[i]!;
    const at = [...keyPath, ...keyOf(equipment)];
    const source = base.host !== "local"
      ? undefined
      : [...sources].find(([, root]) => isWithinNames(base.names, root));
    if (source) {
      options.complain({
        keyPath: at,
        what: `the destination lies inside ${source[0]}, where runs come from`,
      });
    }
    const other = bases.findIndex((earlier, j) =>
      j < i && earlier.host === base.host && overlap(earlier.names, base.names)
    );
    if (other >= 0) {
      const { equipment: owner } = all[other]!;
      options.complain({
        keyPath: at,
        what: `the destination is the same as, or nested with, that of ${owner.id}`,
        hint: `give each equipment a folder of its own, such as …/${equipment.id}`,
      });
    }
  }
}

/**
 * Below it there may well be the bases of configured equipment, beside those of received ones; but
 * it lies inside none of them.
 */
function checkReceiving(
  { receiving, fold, sources, bases, complain }: ApartOptions & {
    readonly fold: (path: string) => string;
    readonly sources: ReadonlyMap<string, readonly string[]>;
    readonly bases: readonly Location[];
  },
): void {
  if (receiving === null) return;
  const base = locationOf(receiving, fold);
  const keyPath: KeyPath = ["orchestrator", "transport"];
  const source = base.host !== "local"
    ? undefined
    : [...sources].find(([, root]) => isWithinNames(base.names, root));
  if (source) {
    complain({ keyPath, what: `it lies inside ${source[0]}, where runs come from` });
  }
  if (bases.some(({ host, names }) => host === base.host && isWithinNames(base.names, names))) {
    complain({ keyPath, what: "it is the destination of an equipment, or inside one" });
  }
}

/** The key a person has to change. */
function keyOf({ syncMode, transport }: Equipment): KeyPath {
  if (syncMode === "stage") return ["orchestrator_staging_transport", "mount_point"];
  return baseKeyOf(transport);
}
