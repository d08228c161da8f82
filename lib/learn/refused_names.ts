/** Names in a tree that the gate would hold: of folders and files, not of what is in them. */
import { join } from "node:path";
import { auditOneRun, DEFAULT_GATE_SETTINGS, type Finding, isHardRule } from "../gate/mod.ts";
import { LabferryError } from "../base/mod.ts";

export interface RefusedNames {
  readonly count: number;
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
  let count = 0;
  for (const name of runs) {
    for (const { rule, offending_path: path } of await findingsOf(join(tree, name), signal)) {
      count++;
      if (examples.length < MOST_EXAMPLES) examples.push({ path, rule });
    }
  }
  return { count, examples };
}

async function findingsOf(run: string, signal: AbortSignal): Promise<Finding[]> {
  try {
    const { findings } = await auditOneRun(run, { loose: true, settings: NAMES_ONLY, signal });
    return findings.filter(({ rule, offending_kind }) =>
      isHardRule(rule) && offending_kind !== "file_content"
    );
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return [];
  }
}
