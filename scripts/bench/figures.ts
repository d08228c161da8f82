/** A row that has no peer: a figure, and the goal for it. */
export interface Figure {
  readonly name: string;
  /** As it is printed, with its unit. */
  readonly measured: string;
  readonly goal: string;
}

/** Resident memory of a process now, in MB (10^6 bytes). Linux only. */
export async function residentMb(pid: number): Promise<number> {
  return await statusMb(pid, "VmRSS");
}

/** The most it ever had. */
export async function peakMb(pid: number): Promise<number> {
  return await statusMb(pid, "VmHWM");
}

async function statusMb(pid: number, field: string): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status) ?? [];
  if (kib === undefined) throw new Error(`process ${pid} has no ${field}`);
  return Number(kib) * 1024 / 1e6;
}
