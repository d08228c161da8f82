/**
 * What stands under listed names over there, links followed or left out. A few names are one request
 * to rcd. For a list as long as a run, and where links cannot be told to be followed by the address
 * (an alias), it is a dry run of a copy from there, which names what it would copy and the folders it
 * would make, and holds nothing in memory.
 */
import { join } from "node:path";
import { pathBelow } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { farSpec, type RcloneConnection, type SessionRequest } from "./connection.ts";
import { writeNameList } from "./name_list.ts";
import { type FoundKind, lookUp } from "./small_requests.ts";

export interface LookUp extends Pick<SessionRequest, "signal" | "timeoutMs"> {
  /** Far paths below the base. Walked more than once. */
  readonly names: Iterable<string> | AsyncIterable<string>;
  readonly followLinks: boolean;
  readonly onFound: (name: string, kind: FoundKind) => void;
}

/** As many are one request. */
const FEW = 2_000;

export async function lookUpNames(connection: RcloneConnection, look: LookUp): Promise<void> {
  const { names, followLinks, onFound, ...bounds } = look;
  const fs = followLinks ? specThroughLinks(connection) : farSpec(connection, "");
  const few = fs === null ? null : await fewOf(names);
  if (fs === null || few === null) return await dryRun(connection, look);
  for (const [name, kind] of await lookUp(connection, { fs, names: few, ...bounds })) {
    onFound(name, kind);
  }
}

/** Null when they are too many. */
async function fewOf(names: LookUp["names"]): Promise<string[] | null> {
  const few: string[] = [];
  for await (const name of names) if (few.push(name) > FEW) return null;
  return few;
}

/** The base, links followed; null where the address cannot say so. */
function specThroughLinks({ address, backend }: RcloneConnection): string | null {
  if (backend.type !== "sftp" || backend.isAlias || address.options.has("skip_links")) return null;
  return `${address.prefix.slice(0, -1)},skip_links=false:${pathBelow(address.path, "")}`;
}

async function dryRun(
  connection: RcloneConnection,
  { names, followLinks, onFound, ...bounds }: LookUp,
): Promise<void> {
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  await writeNameList(list, names);
  const end = await connection.run({
    args: [
      "copy",
      farSpec(connection, ""),
      join(scratch.path, "nowhere"),
      "--dry-run",
      "--create-empty-src-dirs",
      `--files-from-raw=${list}`,
      `--sftp-skip-links=${!followLinks}`,
    ],
    ...bounds,
    onLine: ({ skipped, object }) => {
      if (object === null) return;
      if (skipped === "copy") onFound(object, "file");
      if (skipped === "make directory") onFound(object, "folder");
    },
  });
  if (end.exitCode !== 0) throw connection.tool.failure("there is no way to", end);
}
