/** What other services say of sessions at a base that is a folder of this computer. */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { entriesOf, errnoOf, lstatOrNull, readOrNull } from "../disk/mod.ts";
import { readPart, type SessionPart } from "./part_file.ts";
import { sessionFolder, SESSIONS_DIR } from "./place.ts";

const MOST_PART_BYTES = 8 * 1024 * 1024;

/** As people read it. */
export function silent(base: string): string {
  return `${base} does not answer`;
}

/** Never throws for what lies there. */
export async function partsAt(
  base: string,
  { id, isKnown }: { readonly id: string; readonly isKnown: (equipment: string) => boolean },
): Promise<{ readonly parts: readonly SessionPart[]; readonly faults: readonly string[] }> {
  const parts: SessionPart[] = [];
  const faults: string[] = [];
  for (const name of await filesAt(join(base, sessionFolder(id)), faults)) {
    const equipment = name.replace(/\.json$/, "");
    if (isKnown(equipment)) continue;
    const path = join(base, sessionFolder(id), name);
    const read = await readAt(path, { session: id, equipment });
    if ("part" in read) parts.push(read.part);
    else faults.push(`${path}: ${read.fault}`);
  }
  return { parts, faults };
}

export async function sessionsAt(base: string, faults: string[]): Promise<string[]> {
  return await namesAt(join(base, SESSIONS_DIR), {
    faults,
    isWanted: ({ isDirectory }) => isDirectory,
  });
}

async function filesAt(folder: string, faults: string[]): Promise<string[]> {
  const isWanted = ({ isFile, name }: Deno.DirEntry) => isFile && name.endsWith(".json");
  return await namesAt(folder, { faults, isWanted });
}

async function namesAt(
  folder: string,
  { faults, isWanted }: {
    readonly faults: string[];
    readonly isWanted: (entry: Deno.DirEntry) => boolean;
  },
): Promise<string[]> {
  try {
    if (!(await lstatOrNull(folder))?.isDirectory) return [];
    return (await entriesOf(folder)).filter(isWanted).map(({ name }) => name)
      .filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    faults.push(`${folder} cannot be listed: ${wordsOf(error)}`);
    return [];
  }
}

async function readAt(
  path: string,
  of: Pick<SessionPart, "session" | "equipment">,
): Promise<ReturnType<typeof readPart>> {
  try {
    const info = await lstatOrNull(path);
    if (info !== null && info.size > MOST_PART_BYTES) return { fault: "it is too large" };
    const bytes = await readOrNull(path);
    return bytes === null ? { fault: "it is gone again" } : readPart(bytes, of);
  } catch (error) {
    return { fault: `it cannot be read: ${wordsOf(error)}` };
  }
}

/** Null for a folder; else what it is instead, as a sentence continues. */
export async function whyNoFolder(path: string): Promise<string | null> {
  try {
    const info = await lstatOrNull(path);
    if (info === null) return "is not there";
    return info.isDirectory ? null : "is no folder";
  } catch (error) {
    return `cannot be looked at: ${wordsOf(error)}`;
  }
}

/** What the disk said; anything else is a fault of ours. */
function wordsOf(error: unknown): string {
  if (error instanceof LabferryError) return error.message;
  const errno = errnoOf(error);
  if (errno === null) throw error;
  return errno;
}
