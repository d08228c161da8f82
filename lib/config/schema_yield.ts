/** The schema of `yield`, as written in the file. */
import * as z from "zod";
import type { YieldSettings } from "./config.ts";
import { resolveWindow, windowSchema } from "./schema_bandwidth.ts";

const processName = z.string().min(1).max(255).refine(
  (name) => !/[/\\\p{Cc}]/u.test(name) && name.trim() === name,
  "must be a program's name without its folder, like ZEN.exe",
);

export const yieldSchema = z.strictObject({
  processes: z.array(processName).max(64).default([])
    .describe("Programs (their names, like ZEN.exe) beside which nothing is sent."),
  cpu_above: z.number().min(1).max(100).nullable().default(null)
    .describe("Nothing is sent while others use more of the computer's processors, in percent."),
  active_hours: z.array(windowSchema).max(100).default([])
    .describe("When it yields; empty or missing: always."),
}).refine(
  (entry) =>
    entry.active_hours.length === 0 || entry.processes.length > 0 || entry.cpu_above !== null,
  {
    path: ["active_hours"],
    error:
      "says when to yield, and needs processes or cpu_above; to send nothing at certain hours use bandwidth with upload_mbps: 0",
  },
).describe("Transfers wait while the instrument's own software needs the computer.");

export function resolveYield(entry: z.output<typeof yieldSchema>): YieldSettings | null {
  if (entry.processes.length === 0 && entry.cpu_above === null) return null;
  return {
    processes: entry.processes,
    cpuAbovePercent: entry.cpu_above,
    activeWindows: entry.active_hours.map(resolveWindow),
  };
}
