/** Each value that is in force with where it comes from: the file's line, or labferry's default. */
import type { Effective } from "./check.ts";
import type { KeyPath } from "./problems.ts";
import { withoutSecrets } from "./show.ts";
import { type Layer, type LayeredTree, layeredTree } from "./layered_tree.ts";

export interface SettingOrigin {
  /** `sync.max_parallel`; of an equipment by its id: `equipment.CONFOCAL_01.transport.type`. */
  readonly key: string;
  /** As `config show` shows it: secrets are hidden. A list is one value. */
  readonly value: unknown;
  readonly origin: "default" | "file";
  /** Where it stands, when the configuration is several files. */
  readonly file?: string;
  /** From 1; null for a default. */
  readonly line: number | null;
}

/** In the order of `config show`. `layers` are the files that `effective` was read from. */
export function originsIn(layers: readonly Layer[], effective: Effective): SettingOrigin[] {
  const tree = layeredTree(layers);
  const written = Object.fromEntries(
    tree.sections.map((section) => [section, tree.valueOf(section, [])]),
  );
  const { equipment, ...sections } = withoutSecrets(effective);
  const context = { tree, written, isMany: layers.length > 1 };
  return [
    ...(equipment as Leafy[]).flatMap((entry, i) =>
      leaves(entry, { ...context, path: ["equipment", i], shown: `equipment.${entry["id"]}` })
    ),
    ...Object.entries(sections).flatMap(([name, section]) =>
      leaves(section, { ...context, path: [name], shown: name })
    ),
  ];
}

type Leafy = Readonly<Record<string, unknown>>;

interface At {
  readonly tree: LayeredTree;
  readonly isMany: boolean;
  /** The file's own values, by section. */
  readonly written: Leafy;
  readonly path: KeyPath;
  readonly shown: string;
}

function leaves(value: unknown, at: At): SettingOrigin[] {
  if (value === undefined) return [];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      leaves(inner, { ...at, path: [...at.path, key], shown: `${at.shown}.${key}` })
    );
  }
  const isWritten = at.path.reduce<unknown>(inside, at.written) !== undefined;
  return [{
    key: at.shown,
    value,
    origin: isWritten ? "file" : "default",
    ...(isWritten && at.isMany ? { file: at.tree.fileOf(at.path) } : {}),
    line: isWritten ? at.tree.positionOf(at.path, true).line : null,
  }];
}

function inside(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}
