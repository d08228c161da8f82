/**
 * A run's files as people look through them: a page at a time, by path, also with a search. A search that
 * finds nothing among the rows that it may look at says where it stopped, and goes on from there.
 */
import type { Connection } from "./connection.ts";
import { type FileRow, toFile } from "./file_row.ts";
import { OF_STRETCH, stretchAfter } from "./paged.ts";
import { turn } from "../base/mod.ts";
import type { FileState } from "./types.ts";

export interface FilesAsked {
  /** Behind this path. @default the first file */
  readonly after?: string;
  readonly limit: number;
  /** Part of the path; ASCII letters in either case. */
  readonly search?: string;
  /** Only what is not equal over there, or not here any more. @default false */
  readonly odd?: boolean;
}

export interface FilePage {
  readonly files: readonly FileState[];
  /** From where the next page goes on; null at the end of the list. */
  readonly next: string | null;
  /** All files up to `next` were looked at, and no more: a search may find more behind it. */
  readonly isCutShort: boolean;
}

/** Rows that one question looks at: a tenth of a second. */
const MOST_LOOKED_AT = 100_000;

const PAGE = `SELECT * FROM files WHERE ${OF_STRETCH} AND (?4 = '' OR path LIKE ?4 ESCAPE '\\')
  AND (?5 = 0 OR local_missing = 1 OR proven_sha256 IS NULL OR proven_sha256 IS NOT sha256)
  ORDER BY path LIMIT +?6`;

export async function filePage(
  connection: Connection,
  { job, after = "", limit, search = "", odd = false }: FilesAsked & { readonly job: number },
): Promise<FilePage> {
  const pattern = search === "" ? "" : `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const found: FileState[] = [];
  let from = after;
  for (let looked = 0; looked < MOST_LOOKED_AT;) {
    const { upTo, rows } = stretchAfter(connection, { table: "files", job, after: from });
    if (upTo === null) return { files: found, next: null, isCutShort: false };
    const values = [job, from, upTo, pattern, Number(odd), limit - found.length + 1];
    found.push(...connection.all<FileRow>(PAGE, values).map(toFile));
    if (found.length > limit) {
      const files = found.slice(0, limit);
      return { files, next: files.at(-1)!.path, isCutShort: false };
    }
    looked += rows;
    from = upTo;
    await turn();
  }
  return { files: found, next: from, isCutShort: true };
}
