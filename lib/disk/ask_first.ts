/**
 * Small files are locked, read and replaced by calls that hold the thread: on a disk of this computer they
 * take microseconds, on a share that hangs they never return, and the whole program would stand still. So
 * a service says here how a share is asked first, by a call that holds nobody.
 */
import { dirname } from "node:path";

/** Null for a folder of this computer; else it resolves when the folder's share has answered. */
export type AskFolder = (folder: string) => Promise<void> | null;

let askFolder: AskFolder = () => null;

/** For the whole program, from now on. @default nobody is asked: who waits is a person */
export function askSharesFirst(ask: AskFolder): void {
  askFolder = ask;
}

/** Resolves when it may be expected that calls about `path` return at once. */
export async function folderAnswers(path: string): Promise<void> {
  const answer = askFolder(dirname(path));
  if (answer !== null) await answer;
}
