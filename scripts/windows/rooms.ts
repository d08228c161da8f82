/** The suite's rooms on Windows, and what each of them says there. */
import type { WinePlace } from "./place.ts";

/** Those whose code differs by system, or that stand on one that does. */
export const ROOMS = [
  "base",
  "disk",
  "records",
  "queue",
  "config",
  "gate",
  "reports",
  "intake",
  "transports/mount_test.ts",
  "transports/mount_contract_test.ts",
  "sync",
  "daemon",
  "custody",
  "web",
] as const;

export interface RoomResult {
  readonly room: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly hung: boolean;
  readonly seconds: number;
  /** Names of the tests that failed. */
  readonly failures: readonly string[];
}

const LONGEST_SECONDS = 240;

/** A room that passed nothing was not run, whatever else it said. */
export function isFine({ passed, failed, hung }: RoomResult): boolean {
  return passed > 0 && failed === 0 && !hung;
}

export async function testRoom(place: WinePlace, room: string): Promise<RoomResult> {
  const began = performance.now();
  const test = ["/opt/deno/deno.exe", "test", "-A", "--no-check", `tests/${room}`];
  const { text, hung } = await place.run(test, { seconds: LONGEST_SECONDS });
  return {
    ...readSummary(text),
    room,
    hung,
    seconds: Math.round((performance.now() - began) / 1000),
  };
}

/** Counts line by line, so that a room that hung still tells how far it came. */
export function readSummary(
  text: string,
): Pick<RoomResult, "passed" | "failed" | "skipped" | "failures"> {
  const outcomes = [...text.matchAll(/^(.+) \.\.\. (ok|FAILED|ignored)(?: \(.*\))?$/gm)];
  const of = (outcome: string) => outcomes.filter(([, , found]) => found === outcome);
  return {
    passed: of("ok").length,
    failed: of("FAILED").length,
    skipped: of("ignored").length,
    failures: of("FAILED").map(([, name]) => name!),
  };
}
