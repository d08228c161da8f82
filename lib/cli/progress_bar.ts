/** A progress bar with rate and time to go, on a terminal; elsewhere nothing. */
import { formatBytes } from "../base/mod.ts";
import { PHASE_WORDS } from "../control/mod.ts";
import type { Progress } from "../sync/mod.ts";
import type { CliContext } from "./context.ts";

export interface ProgressBar extends Disposable {
  readonly update: (progress: Progress) => void;
  end(): void;
}

const WIDTH = 24;
const PHASE_WIDTH = Math.max(...Object.values(PHASE_WORDS).map((words) => words.length));

export function progressBar({ isTerminal, options }: CliContext): ProgressBar {
  const shown = isTerminal && !options.quiet && !options.json;
  let drawn = false;
  const write = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));
  const end = () => {
    if (drawn) write("\r\x1b[K");
    drawn = false;
  };
  const update = (progress: Progress) => {
    if (!shown) return;
    write(`\r${barText(progress, columns())}\x1b[K`);
    drawn = true;
  };
  return { update, end, [Symbol.dispose]: end };
}

/** One line, cut to the terminal's width; the current file comes last and is cut first. */
export function barText(progress: Progress, width: number): string {
  const { phase, bytesDone, bytesTotal, bytesPerSecond, etaSeconds, currentPath } = progress;
  const share = bytesTotal === 0 ? 1 : Math.min(1, bytesDone / bytesTotal);
  const full = Math.round(share * WIDTH);
  const parts = [
    PHASE_WORDS[phase].padEnd(PHASE_WIDTH),
    `${"█".repeat(full)}${"░".repeat(WIDTH - full)}`,
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
    ...(bytesPerSecond ? [`${formatBytes(bytesPerSecond)}/s`] : []),
    ...(etaSeconds !== null ? [`${duration(etaSeconds)} left`] : []),
    // deno-lint-ignore no-control-regex
    ...(currentPath ? [currentPath.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?")] : []),
  ];
  return [...parts.join("  ")].slice(0, Math.max(20, width - 1)).join("");
}

function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // not a terminal any more: the width does not matter
  }
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
