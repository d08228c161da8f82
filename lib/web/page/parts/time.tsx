/** An instant in the zone of this PC, with UTC on hover; the live script writes it anew elsewhere. */
import type { Drawing } from "../drawing.ts";
import type { Words } from "../../../control/mod.ts";
import { Name } from "./name.tsx";
import { Told } from "./told.tsx";

export interface TimeProps {
  /** ISO 8601. */
  readonly at: string;
  readonly now?: Date;
  readonly seconds?: boolean;
}

export function Time({ at, now = new Date(), seconds = false }: TimeProps): Drawing {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <Name text={at} />;
  return (
    <time datetime={at} title={utcWords(date)} data-seconds={seconds ? "1" : undefined}>
      {timeWords(date, { now, seconds })}
    </time>
  );
}

/** A sentence with its times. */
export function Said({ words }: { readonly words: Words }): Drawing {
  return (
    <>
      {words.map((part) => typeof part === "string" ? <Told text={part} /> : <Time at={part.at} />)}
    </>
  );
}

/** `10:12` today, `3 Nov, 10:12` this year, `3 Nov 2025, 10:12` in another. */
export function timeWords(
  date: Date,
  { now, seconds = false }: { readonly now: Date; readonly seconds?: boolean },
): string {
  const time = [date.getHours(), date.getMinutes(), ...(seconds ? [date.getSeconds()] : [])]
    .map((part) => String(part).padStart(2, "0")).join(":");
  if (date.toDateString() === now.toDateString()) return time;
  const year = date.getFullYear() === now.getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${MONTHS[date.getMonth()]}${year}, ${time}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function utcWords(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
