/** A process by its number and when it began: a number alone names another one after a while. */
import process from "node:process";
import { liveStatOf } from "./proc_files.ts";

/** Mark of this process, fit for a file name: `4711.88342`; where its start is not known `4711.0`. */
export function ownMark(): string {
  return `${Deno.pid}.${beganOf(Deno.pid) || "0"}`;
}

/** True while the process that made `mark` lives, as far as this system says. */
export function markLives(mark: string): boolean {
  const [, number, began = "0"] = /^(\d+)(?:\.(\d+))?$/.exec(mark) ?? [];
  if (number === undefined || !lives(Number(number))) return false;
  const now = beganOf(Number(number));
  return began === "0" || now === "" || now === began;
}

/** In clock ticks since boot; empty where there is no `/proc`. */
function beganOf(pid: number): string {
  return Deno.build.os === "linux" ? liveStatOf(pid)?.began ?? "" : "";
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: another account's; it lives.
    return (error as { code?: unknown }).code !== "ESRCH";
  }
}
