/** `labferry audit [PATH]`: findings, and exit code 3 when one of them holds a run back. */
import { EXIT, LabferryError } from "../base/mod.ts";
import { auditOptions } from "../control/mod.ts";
import {
  type AuditOptions,
  type AuditResult,
  auditSummary,
  auditTree,
  gatherAudit,
  holdsRunsBack,
  type PlaceAudit,
  type Problem,
} from "../gate/mod.ts";
import { unplacedProblems } from "../staging/mod.ts";
import type { CliContext } from "./context.ts";
import { configOf } from "./settings.ts";

export async function audit(
  context: CliContext,
  { path }: { readonly path?: string },
): Promise<void> {
  const { options, paths, unplaced } = await whatToAudit(context, path);
  const found = await gatherAudit(places(paths, { ...options, signal: context.signal }));
  const result: AuditResult = { ...found, problems: [...found.problems, ...unplaced] };
  if (context.options.json) context.printJson(result);
  else context.print(auditSummary(result).join("\n"));
  if (holdsRunsBack(result)) context.exitCode = EXIT.gate;
  else if (result.problems.length > 0) context.exitCode = EXIT.failed; // not judged is not passed
}

async function* places(
  paths: readonly string[],
  options: AuditOptions,
): AsyncGenerator<PlaceAudit> {
  for (const path of paths) yield* auditTree(path, options);
}

/** A path that is named can be judged without a configuration, with the defaults. */
async function whatToAudit(
  context: CliContext,
  path: string | undefined,
): Promise<{ options: AuditOptions; paths: readonly string[]; unplaced: readonly Problem[] }> {
  try {
    const { config } = await configOf(context);
    const { roots, ...options } = auditOptions(config);
    if (path !== undefined) return { options: { ...options, roots }, paths: [path], unplaced: [] };
    const unplaced = await unplacedProblems(config);
    return { options: { ...options, roots }, paths: roots, unplaced };
  } catch (error) {
    const isMissing = error instanceof LabferryError && error.code === "config_missing";
    if (!isMissing || path === undefined) throw error;
    return { options: {}, paths: [path], unplaced: [] };
  }
}
