/**
 * Creation mode: a run that is to be made, judged before anything of it is on the disk. Texts that
 * another program renders into it later are judged as files, by the audit.
 */
import {
  KIND_NAMES,
  type LayoutNames,
  RECORD_FILES,
  RECORDS_DIR,
  type RunKind,
} from "../records/mod.ts";
import { compareFindings, type Finding, findingsAt } from "./finding.ts";
import { type Hit, leftoversIn, runKindHits, segmentHits } from "./judgements.ts";
import { DEFAULT_GATE_SETTINGS, type GateSettings } from "./settings.ts";

export interface Proposal {
  /** The folder above the equipment. */
  readonly root: string;
  readonly equipmentId: string;
  readonly project: string;
  readonly runKind: RunKind;
  /** `Run_2026-04-17T14-32`. */
  readonly leaf: string;
  /** What templates are filled with; texts in it, at any depth, are judged as rendered. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Texts nested deeper are no variables of a template. */
const MAX_VARIABLE_DEPTH = 32;

/** The findings of a proposed run, sorted. Touches no disk. */
export function checkProposal(
  proposal: Proposal,
  settings: GateSettings = DEFAULT_GATE_SETTINGS,
): Finding[] {
  const { root, equipmentId, project, runKind, leaf } = proposal;
  const { folder } = KIND_NAMES[runKind];
  const layout: LayoutNames = { equipmentId, project, folder, leaf };
  const runPath = `${root}/${equipmentId}/${project}/${folder}/${leaf}`;
  const findings: Finding[] = [];
  let path = root;
  for (const role of ["equipmentId", "project", "folder", "leaf"] as const) {
    path = `${path}/${layout[role]}`;
    const hits = segmentHits({ name: layout[role], role, path }, { settings, projectTier: "hard" });
    if (role === "leaf") hits.push(...runKindHits(layout, runKind));
    findings.push(...findingsAt({ runPath, path, kind: "directory_segment" }, hits));
  }
  const record = `${runPath}/${RECORDS_DIR}/${RECORD_FILES.creation}`;
  const variables = variableHits(proposal.variables ?? {});
  findings.push(...findingsAt({ runPath, path: record, kind: "file_content" }, variables));
  return findings.sort(compareFindings);
}

function variableHits(variables: Readonly<Record<string, unknown>>): Hit[] {
  const hits: Hit[] = [];
  const waiting: { value: unknown; key: string; depth: number }[] = [
    { value: variables, key: "variables", depth: 0 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, key, depth } = next;
    if (typeof value === "string") hits.push(...leftovers(value, key));
    if (typeof value !== "object" || value === null || depth === MAX_VARIABLE_DEPTH) continue;
    for (const [name, member] of Object.entries(value)) {
      waiting.push({ value: member, key: `${key}.${name}`, depth: depth + 1 });
    }
  }
  return hits;
}

function leftovers(text: string, key: string): Hit[] {
  return leftoversIn(text, "text").flatMap(({ rule, found }): Hit[] => {
    const [first] = found;
    if (first === undefined) return [];
    return [{ rule, tier: "hard", token: first.token, detail: `value of ${key}` }];
  });
}
