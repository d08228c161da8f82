/**
 * Names that a listing does not show as they were given. They are asked for directly
 * (`--no-traverse`): a place that folds case, or composes names otherwise, knows them all the same.
 */
import { lstatOrNull } from "../../disk/mod.ts";
import { pathBelow } from "../tool/far_path.ts";
import type { RcloneConnection } from "./connection.ts";
import { pathsBehindLinks } from "./far_links.ts";
import { lookUpNames } from "./look_up.ts";

/** Names asked for in another case, each by a request; what is beyond counts as missing. */
const MOST_ASKED = 100_000;

/** Stands for "something in this folder" in a list that only names files. */
const INSIDE = ".labferry";

export interface MissingNames {
  /** Below the base; they can be written in one Unicode form only (`isPlain`). */
  readonly plain: Iterable<string> | AsyncIterable<string>;
  /** The others. */
  readonly formed: Iterable<string> | AsyncIterable<string>;
  readonly signal: AbortSignal;
}

/**
 * Those worth asking for. A look-up follows links, so none of them is behind one; and it fails as a
 * whole for the name of a folder, so none of them is one.
 */
export async function inOtherSpellings(
  connection: RcloneConnection,
  { plain, formed, signal }: MissingNames,
): Promise<string[]> {
  const missing = await Array.fromAsync(formed);
  for (const name of await inOtherCase(connection, plain)) missing.push(name);
  if (missing.length === 0) return [];
  const forms = missing.flatMap((name) => [name.normalize("NFC"), name.normalize("NFD")]);
  const linked = await pathsBehindLinks(connection, { paths: forms, signal });
  const names = missing.filter((name) =>
    !linked.has(name.normalize("NFC")) && !linked.has(name.normalize("NFD"))
  );
  if (names.length === 0) return [];
  const folders = new Set<string>();
  await lookUpNames(connection, {
    // A folder is listed only where it leads to a listed name.
    names: names.map((name) => `${name}/${INSIDE}`),
    followLinks: false,
    onFound: (name, kind) => void (kind === "folder" && folders.add(name)),
    signal,
  });
  return names.filter((name) => !folders.has(name));
}

/**
 * Missing names that the place may have in another case. None over sftp: whether a link has the other
 * spelling cannot be seen there, and the look-up would go through it.
 */
async function inOtherCase(
  { backend }: RcloneConnection,
  missing: MissingNames["plain"],
): Promise<string[]> {
  if (backend.type === "sftp" || backend.wrappedTypes.has("sftp")) return [];
  const names: string[] = [];
  for await (const name of missing) {
    if (
      backend.localPath !== null && !(await lstatOrNull(pathBelow(backend.localPath, name)))?.isFile
    ) {
      continue;
    }
    if (names.push(name) === MOST_ASKED) break;
  }
  return names;
}
