/** Names in a tree that the gate would hold: of folders and files, not of what is in them. */
import { join } from "node:path";
import { auditOneRun, DEFAULT_GATE_SETTINGS, type Finding, isHardRule } from "../gate/mod.ts";
import { LabferryError } from "../base/mod.ts";

export interface RefusedNames {
  readonly count: number;
  /** Runs that could not be judged, so that nothing is known of their names. */
  readonly unjudged: number;
  /** The first few, with the rule that would hold them. */
  readonly examples: readonly { readonly path: string; readonly rule: string }[];
}

const MOST_EXAMPLES = 5;
/** No file is opened: contents are the gate's matter, when a run goes. */
const NAMES_ONLY = { ...DEFAULT_GATE_SETTINGS, contentScanExtensions: [] };

export async function refusedNames(
  tree: string,
  { runs, signal }: { readonly runs: readonly string[]; readonly signal: AbortSignal },
): Promise<RefusedNames> {
  const examples: { path: string; rule: string }[] = [];
  let [count, unjudged] = [0, 0];
  for (const name of runs) {
    const findings = await findingsOf(join(tree, name), signal);
    if (findings === null) unjudged++;
    for (const { rule, offending_path: path } of findings ?? []) {
      count++;
      if (examples.length < MOST_EXAMPLES) examples.push({ path, rule });
    }
  }
  return { count, unjudged, examples };
}

/** Null when the run, or a part of it, cannot be looked at. */
async function findingsOf(run: string, signal: AbortSignal): Promise<Finding[] | null> {
  try {
    const { findings, problems } = await auditOneRun(run, {
      loose: true,
      settings: NAMES_ONLY,
      signal,
    });
    if (problems.length > 0) return null;
    return findings.filter(({ rule, offending_kind }) =>
      isHardRule(rule) && offending_kind !== "file_content"
    );
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return null;
  }
}
