/** Name, project and kind of a run, from the path that it has everywhere. */
import type { JobView } from "./views.ts";

export interface RunNames {
  readonly name: string;
  /** The folders above `Runs`; empty outside of the layout. */
  readonly project: string;
  readonly isTest: boolean;
}

export function runNames({ far_path }: Pick<JobView, "far_path">): RunNames {
  const parts = far_path.split("/");
  const inLayout = parts.length >= 3;
  return {
    name: parts.at(-1) ?? far_path,
    project: inLayout ? parts.slice(0, -2).join("/") : "",
    isTest: inLayout && parts.at(-2) === "TestRuns",
  };
}

/** The last part of a path of this PC, whichever separator it has. */
export function lastPart(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== "") ?? path;
}
