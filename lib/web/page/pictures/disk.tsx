/** How full a disk is, and how full it will be: by what came lately, and if nothing goes. */
import { formatBytes } from "../../../base/mod.ts";
import type { StorageView } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { Picture } from "../parts/picture.tsx";
import { Time } from "../parts/time.tsx";

const DAY_MS = 86_400_000;
const WIDE = 100;
const TALL = 40;
/** Days that are looked ahead: some weeks, and a little beyond the day on which it is full. */
const LEAST_DAYS = 14;
const MOST_DAYS = 120;

export function DiskPicture(
  { disk, id, now }: { readonly disk: StorageView; readonly id: string; readonly now: Date },
): Drawing {
  const { total_bytes, free_bytes, full_at, proven_bytes } = disk;
  const days = lookedAhead(full_at, now);
  const used = partOf(total_bytes - free_bytes, total_bytes);
  const kept = partOf(total_bytes - free_bytes - proven_bytes, total_bytes);
  const ahead = partOf(disk.bytes_per_day * days, total_bytes);
  return (
    <Picture
      id={id}
      title={`${formatBytes(free_bytes)} free`}
      words={
        <>
          of {formatBytes(total_bytes)}
          {proven_bytes > 0
            ? `; ${formatBytes(proven_bytes)} of what is on it are proven copies that nobody pinned`
            : ""}
        </>
      }
      viewBox={`0 0 ${WIDE} ${TALL}`}
      axis={["now", <Time at={new Date(now.getTime() + days * DAY_MS).toISOString()} now={now} />]}
    >
      <path class="used" d={areaOf({ from: used, more: ahead })} />
      {proven_bytes > 0 ? <path class="kept" d={areaOf({ from: kept, more: ahead })} /> : null}
      <path class="limit" d={`M0 .5h${WIDE}`} />
      <path class="ground" d={`M0 ${TALL}h${WIDE}`} />
    </Picture>
  );
}

function lookedAhead(fullAt: string | null, now: Date): number {
  if (fullAt === null) return LEAST_DAYS;
  const days = (Date.parse(fullAt) - now.getTime()) / DAY_MS * 1.2;
  return Math.min(MOST_DAYS, Math.max(LEAST_DAYS, days));
}

function partOf(bytes: number, total: number): number {
  return total <= 0 ? 0 : Math.max(0, bytes / total);
}

/** From `from` of the disk now to so much `more` at the right end, as far as there is room. */
function areaOf({ from, more }: { readonly from: number; readonly more: number }): string {
  const y = (part: number) => (TALL - Math.min(1, part) * (TALL - 1)).toFixed(1);
  const fullX = more > 0 ? Math.min(WIDE, (1 - from) / more * WIDE) : WIDE;
  const full = fullX < WIDE ? `L${Math.max(0, fullX).toFixed(1)} ${y(1)}` : "";
  return `M0 ${TALL}L0 ${y(from)}${full}L${WIDE} ${y(from + more)}V${TALL}z`;
}
