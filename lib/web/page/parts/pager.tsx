/** The way to the pages before and after; each link keeps what the list is filtered by. */
import type { Drawing } from "../drawing.ts";
export interface PagerProps {
  readonly path: string;
  readonly query: URLSearchParams;
  /** What the cursor is called in the address. @default cursor */
  readonly name?: string;
  readonly previous: string | null;
  readonly next: string | null;
}

export function Pager(
  { path, query, name = "cursor", previous, next }: PagerProps,
): Drawing | null {
  if (previous === null && next === null && !query.has(name)) return null;
  const to = (cursor: string | null) => pathWith({ path, query }, { [name]: cursor });
  return (
    <nav class="pager" aria-label="Pages of the list" data-key="pager">
      {query.has(name) ? <a href={to(null)}>First</a> : null}
      {previous === null ? null : <a href={to(previous)} rel="prev">Previous</a>}
      {next === null ? null : <a href={to(next)} rel="next">Next</a>}
    </nav>
  );
}

/** The address with some of its query changed; null takes a part out. */
export function pathWith(
  { path, query = new URLSearchParams() }: {
    readonly path: string;
    readonly query?: URLSearchParams;
  },
  changes: Readonly<Record<string, string | null>>,
): string {
  const changed = new URLSearchParams(query);
  changed.delete("note");
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  const text = changed.toString();
  return text === "" ? path : `${path}?${text}`;
}
