/** The reports a command works with: the files themselves, under their locks; no service needed. */
import { ReportStore } from "../reports/mod.ts";
import type { CliContext } from "./context.ts";
import { stateDirOf } from "./settings.ts";

export async function storeOf(context: CliContext): Promise<ReportStore> {
  return new ReportStore((await stateDirOf(context)).reportsDir);
}

/** What was put in order on the way, to stderr. */
export function noteAll(context: CliContext, notices: readonly string[]): void {
  for (const notice of notices) context.note(`labferry: ${notice}`);
}

/** `3f2a91c0`: enough of an id to give it back. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
