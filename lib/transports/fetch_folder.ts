/**
 * The folder of this computer that a fetch fills: which of the listed files it has already, and that
 * no link in it leads elsewhere.
 */
import { dirname, join } from "node:path";
import { diskError, lstatOrNull } from "../disk/mod.ts";
import type { FetchRequest, FileToSend } from "./contract.ts";
import { TransportError } from "./failure.ts";

/** Below the folder that is filled: where tools keep what is not whole. Gone after a good fetch. */
export const FETCH_DIR = ".labferry-fetch";

/** Looks under way at once. */
const PARALLEL = 64;

/**
 * The listed files that are still to be brought, in their order. Each is looked at when it is asked
 * for, so what another fetch of the same folder has brought meanwhile is left out.
 *
 * @throws LabferryError `already_exists` for a name that something else than a file has,
 * `link_refused`, `not_a_folder` for what stands on its way
 */
export async function* stillToFetch(
  { files, intoDir, signal, onHere }:
    & Pick<FetchRequest, "files" | "intoDir" | "signal">
    & { readonly onHere: (file: FileToSend) => void },
): AsyncGenerator<FileToSend> {
  const folders = new SeenFolders(intoDir);
  await folders.look(intoDir);
  let some: FileToSend[] = [];
  async function* looked(): AsyncGenerator<FileToSend> {
    signal.throwIfAborted();
    const here = await Promise.all(some.map(({ path }) => isHere(join(intoDir, path), folders)));
    for (const [at, file] of some.entries()) {
      if (here[at]) onHere(file);
      else yield file;
    }
    some = [];
  }
  for await (const file of files) {
    refuseOwnName(file.path);
    if (some.push(file) === PARALLEL) yield* looked();
  }
  yield* looked();
}

function refuseOwnName(path: string): void {
  if (path !== FETCH_DIR && !path.startsWith(`${FETCH_DIR}/`)) return;
  throw new TransportError("name_not_carried", `${path} cannot be fetched`, {
    why: `${FETCH_DIR} is where half-fetched files are kept`,
    path,
  });
}

async function isHere(path: string, folders: SeenFolders): Promise<boolean> {
  if (!await folders.look(dirname(path))) return false;
  const info = await lstatOrNull(path);
  if (info === null) return false;
  if (info.isFile) return true;
  throw diskError(info.isSymlink ? "link_refused" : "already_exists", `${path} is in the way`, {
    path,
    why: info.isSymlink ? "it is a symbolic link" : "it is no file",
    hint: "Move it away: nothing is overwritten, and no link is followed.",
  });
}

/** Folders below the root that were seen to be real ones, or missing. */
class SeenFolders {
  readonly #root: string;
  readonly #seen = new Map<string, Promise<boolean>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** False when it is not there. @throws LabferryError `link_refused`, `not_a_folder` */
  look(folder: string): Promise<boolean> {
    const known = this.#seen.get(folder);
    if (known) return known;
    const looked = this.#lookNow(folder);
    this.#seen.set(folder, looked);
    return looked;
  }

  async #lookNow(folder: string): Promise<boolean> {
    if (folder !== this.#root && !await this.look(dirname(folder))) return false;
    const info = await lstatOrNull(folder);
    if (info?.isDirectory) return true;
    if (info === null && folder !== this.#root) return false;
    throw diskError(info?.isSymlink ? "link_refused" : "not_a_folder", `${folder} is no folder`, {
      path: folder,
      why: info === null ? "nothing is there" : info.isSymlink ? "it is a link" : "it is a file",
      hint: "Move it away: no link is followed here.",
    });
  }
}
