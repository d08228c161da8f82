/** Columns for people: as wide as their widest cell, the last one free. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, [...(row[column] ?? "")].length), 0)
  );
  return all.map((row) =>
    row.map((cell, column) =>
      column === row.length - 1 ? visible(cell) : pad(visible(cell), widths[column] ?? 0)
    ).join("  ")
  ).join("\n");
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}

/** A name with control characters must not drive the terminal. */
export function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "�");
}
