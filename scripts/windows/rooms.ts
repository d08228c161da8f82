/** The suite's rooms on Windows, and what each of them says there. */
import { join } from "node:path";
import type { WinePlace } from "./place.ts";

/** Those whose code differs by system, or that stand on one that does. */
export const ROOMS = [
  "base",
  "disk",
  "process",
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
  /** Files that were ended by us, or that ended without a summary of their own. */
  readonly unended: readonly string[];
  readonly seconds: number;
  /** `file: name` of each test that failed. */
  readonly failures: readonly string[];
}

/** For one test file. */
export const LONGEST_SECONDS = 240;

/** A room that passed nothing was not run, whatever else it said. */
export function isFine({ passed, failed, unended }: RoomResult): boolean {
  return passed > 0 && failed === 0 && unended.length === 0;
}

export interface RoomOptions {
  /** For one test file; @default {LONGEST_SECONDS} */
  readonly seconds?: number;
  /** Gets all that a file said. */
  readonly told?: (file: string, text: string) => void;
}

/** File by file, so that one that hangs takes no other with it. */
export async function testRoom(
  place: WinePlace,
  room: string,
  { seconds: longest = LONGEST_SECONDS, told = () => {} }: RoomOptions = {},
): Promise<RoomResult> {
  const began = performance.now();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const unended: string[] = [];
  for (const file of await filesOf(place.outside("labferry/tests"), room)) {
    const test = ["/opt/deno/deno.exe", "test", "-A", "--no-check", `tests/${file}`];
    const { text, hung } = await place.run(test, { seconds: longest });
    const said = readSummary(text);
    counts.passed += said.passed;
    counts.failed += said.failed;
    counts.skipped += said.skipped;
    failures.push(...said.failures.map((name) => `${file}: ${name}`));
    if (hung || !hasSummary(text)) unended.push(file);
    told(file, text);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  return { room, ...counts, failures, unended, seconds };
}

/** Test files of a room, or the one that `room` names, below `tests`. */
export async function filesOf(tests: string, room: string): Promise<string[]> {
  if (room.endsWith("_test.ts")) return [room];
  const files: string[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(join(tests, room))) {
    if (isFile && name.endsWith("_test.ts")) files.push(`${room}/${name}`);
    if (isDirectory) files.push(...await filesOf(tests, `${room}/${name}`));
  }
  return files.sort();
}

/** A file that a crash ended has none, however many of its tests had passed by then. */
export function hasSummary(text: string): boolean {
  return /^(ok|FAILED) \| \d+ passed/m.test(text);
}

/** Counts line by line, so that a file that hung still tells how far it came. */
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
