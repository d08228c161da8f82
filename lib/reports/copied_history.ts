/**
 * Lines that say they belong to another report. igloo-mcp's fork copies the whole history of its
 * source and then adds a `fork` event that names it: such lines are no forgery.
 */
import type { AuditEvent } from "./audit_event.ts";

export class CopiedHistory {
  /** Line numbers by the report they name. */
  readonly #waiting = new Map<string, number[]>();
  readonly notes: string[] = [];

  constructor(private readonly reportId: string) {}

  take(line: number, { report_id, action_type, payload }: AuditEvent): void {
    if (report_id !== this.reportId) this.#wait(report_id, [line]);
    const source = payload["source_report_id"];
    if (action_type !== "fork" || typeof source !== "string") return;
    const copied = this.#waiting.get(source);
    if (!copied || source === report_id) return;
    this.#waiting.delete(source);
    // A copy of a copy: the first fork stands among the lines that the second has copied.
    if (report_id !== this.reportId) return this.#wait(report_id, copied);
    this.notes.push(`${copied.length} lines before line ${line} were copied from report ${source}`);
  }

  /** Lines that nothing explains, in their order. */
  unexplained(): { readonly line: number; readonly what: string }[] {
    return [...this.#waiting].flatMap(([id, lines]) =>
      lines.map((line) => ({ line, what: `it belongs to report ${id}` }))
    ).sort((a, b) => a.line - b.line);
  }

  #wait(reportId: string, lines: readonly number[]): void {
    const known = this.#waiting.get(reportId);
    if (known) { for (const line of lines) known.push(line); }
    else this.#waiting.set(reportId, [...lines]);
  }
}
