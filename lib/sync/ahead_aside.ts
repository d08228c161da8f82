/**
 * What came in the way of a file while it was sent ahead of its run, and was set aside by the push. The
 * run has no timeline yet; so the folder is noted before the push, and looked into when the run has one:
 * its receipt names what went there, also after a kill.
 *
 * One folder a head start, and below it one a push (`<folder>/1`, `/2`, …): however many pushes fail, there
 * is one note to write and one folder to look into, and no two pushes share a place, where a tool might
 * replace what the other set aside.
 */
import { MAX_LISTED, type Queue } from "../queue/mod.ts";
import type { AheadTarget } from "./ahead_folder.ts";
import type { SetAside } from "./aside_folder.ts";
import { supersededDir } from "./superseded.ts";
import type { FarWork } from "./work.ts";

/** One a place that the head start went to: there is more than one when its destination changed. */
interface Noted {
  readonly destinationUuid: string;
  readonly farDir: string;
  /** Far folder below the base. */
  readonly folder: string;
  /** So many pushes had a place below it. */
  readonly pushes: number;
}

/** A place for what one push sets aside, noted. */
export interface PushAside {
  /** Far folder below the base, never used before. */
  readonly into: string;
  /** The push ended, and moved nothing: the notes are as they were before it. */
  forget(): void;
}

export function beginAside(
  { runPath, farDir }: Pick<AheadTarget, "runPath" | "farDir">,
  { context: { queue, clock }, far: { uuid: destinationUuid } }: Pick<FarWork, "context" | "far">,
): PushAside {
  const before = notesOf(runPath, queue);
  const isHere = (one: Noted) => one.destinationUuid === destinationUuid && one.farDir === farDir;
  const { folder, pushes } = before.find(isHere) ??
    { folder: supersededDir(farDir, clock), pushes: 0 };
  const now = { destinationUuid, farDir, folder, pushes: pushes + 1 };
  keep(queue, { runPath, notes: [...before.filter((one) => !isHere(one)), now] });
  return {
    into: `${folder}/${now.pushes}`,
    forget: () => keep(queue, { runPath, notes: before }),
  };
}

/**
 * What went aside while the run was sent ahead, for its timeline; then `forgetAsides`, whatever was found.
 * Of another destination nothing can be told from here: the log says where to look.
 */
export async function asidesOf(
  { runPath }: Pick<AheadTarget, "runPath">,
  { context: { queue, log }, far }: Pick<FarWork, "context" | "far">,
): Promise<SetAside[]> {
  const found: SetAside[] = [];
  for (const { destinationUuid, folder } of notesOf(runPath, queue)) {
    if (destinationUuid === far.uuid) found.push(...await lookBelow(folder, far));
    else {
      log("warn", "What a head start set aside at another destination is in no receipt", {
        run: runPath,
        destination: destinationUuid,
        path: folder,
      });
    }
  }
  return found;
}

export function forgetAsides(runPath: string, queue: Pick<Queue, "meta">): void {
  queue.meta.forget(keyOf(runPath));
}

/** By push: its place is the first segment of what is listed. */
async function lookBelow(folder: string, { session }: FarWork["far"]): Promise<SetAside[]> {
  const found = new Map<string, { count: number; names: string[] }>();
  for await (const { path, kind } of session.list(folder)) {
    const end = path.indexOf("/");
    if (kind === "folder" || end < 0) continue;
    const into = `${folder}/${path.slice(0, end)}`;
    const aside = found.get(into) ?? { count: 0, names: [] };
    aside.count++;
    if (aside.names.length < MAX_LISTED) aside.names.push(path.slice(end + 1));
    found.set(into, aside);
  }
  return Array.from(found, ([into, aside]) => ({ into, ...aside }));
}

function notesOf(runPath: string, queue: Pick<Queue, "meta">): readonly Noted[] {
  return JSON.parse(queue.meta.get(keyOf(runPath)) ?? "[]");
}

function keep(
  queue: Pick<Queue, "meta">,
  { runPath, notes }: { readonly runPath: string; readonly notes: readonly Noted[] },
): void {
  if (notes.length === 0) return forgetAsides(runPath, queue);
  queue.meta.set(keyOf(runPath), JSON.stringify(notes));
}

function keyOf(runPath: string): string {
  return `ahead_aside:${runPath}`;
}
