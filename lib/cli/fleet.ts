/** `labferry fleet FOLDER…`: all computers that left a heartbeat there, worst first. Changes nothing, needs nothing. */
import { resolve } from "node:path";
import { encodeUtf8, EXIT, formatBytes, LabferryError, systemClock } from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import {
  findHeartbeats,
  fleetPage,
  fleetSeries,
  fleetStanding,
  fleetWords,
  type HostStanding,
  isCalm,
} from "../fleet/mod.ts";
import type { CliContext } from "./context.ts";
import { table } from "./table.ts";

export interface FleetFlags {
  readonly folders: readonly string[];
  readonly html?: string;
  readonly prom?: string;
  readonly stale: string;
}

export async function fleet(
  context: CliContext,
  { folders, html, prom, stale }: FleetFlags,
): Promise<void> {
  const staleMs = spanMs(stale);
  const found = await findHeartbeats(folders.map((folder) => resolve(folder)));
  const standing = fleetStanding(found, { now: systemClock.now(), staleMs });
  // Whoever reads it from the share, and the collector, are other accounts.
  const write = (path: string, text: string) =>
    writeFileAtomic(resolve(path), encodeUtf8(text), { mode: 0o644 });
  if (html !== undefined) await write(html, fleetPage(standing));
  if (prom !== undefined) await write(prom, fleetSeries(standing));
  if (!isCalm(standing)) context.exitCode = EXIT.failed;
  if (context.options.json) return context.printJson(standing);
  context.print(fleetWords(standing));
  for (const note of standing.notes) context.print(note);
  context.print(
    table(["COMPUTER", "", "INSTRUMENTS", "NOT SAFE", "HOW"], standing.hosts.flatMap(rowsOf)),
  );
}

function rowsOf(host: HostStanding): string[][] {
  const { trouble, is_red, findings, unsafe_bytes: unsafe } = host;
  const name = host.id === "" ? host.host : `${host.host} ${host.id}`;
  const mark = is_red ? "RED" : trouble === "safe" ? "ok" : "-";
  const [first, ...others] = findings.map(({ words }) => words);
  const instruments = host.equipment.join(", ");
  return [
    [name, mark, instruments, unsafe === 0 ? "" : formatBytes(unsafe), first ?? ""],
    ...others.map((words) => ["", "", "", "", words]),
  ];
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const SECOND_MS = 1_000;

/** `90s`, `30m`, `1h`, `2d`. @throws LabferryError `usage` */
function spanMs(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (unit === "s" ? SECOND_MS : UNITS[unit ?? ""] ?? NaN);
  if (ms > 0) return ms;
  throw new LabferryError("usage", `--stale ${text} is no time`, {
    hint: "write it like 30m, 1h or 2d",
  });
}
