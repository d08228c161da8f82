/** Creation mode: a run that is to be made, judged before anything of it is on the disk. */
import { dirname } from "node:path";
import { KIND_NAMES, RECORD_FILES, RECORDS_DIR, type RunKind } from "../records/mod.ts";
import { scanContent, textKindOf } from "./content.ts";
import { compareFindings, type Finding, findingsAt } from "./finding.ts";
import { type Hit, leftoversIn, nameHits, runKindHits, segmentHits } from "./judgements.ts";
import type { Layout } from "./layout.ts";
import { utf8Length } from "./utf8_length.ts";
import { DEFAULT_GATE_SETTINGS, type GateSettings } from "./settings.ts";

export interface Proposal {
  /** The folder above the equipment. */
  readonly root: string;
  readonly equipmentId: string;
  readonly project: string;
  readonly runKind: RunKind;
  /** `Run_2026-04-17T14-32`. */
  readonly leaf: string;
  /** The folder the run is to be in. @default the one of its kind, `Runs` or `TestRuns` */
  readonly folder?: string;
  /** What templates are filled with; texts in it, at any depth, are judged as rendered. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Texts that a template has rendered, by their path below the run. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
}

/** Texts nested deeper are no variables of a template. */
const MAX_VARIABLE_DEPTH = 32;

/** The findings of a proposed run, sorted. Touches no disk. */
export function checkProposal(
  proposal: Proposal,
  settings: GateSettings = DEFAULT_GATE_SETTINGS,
): Finding[] {
  const { root, equipmentId, project, runKind, leaf } = proposal;
  const folder = proposal.folder ?? KIND_NAMES[runKind].folder;
  const layout: Layout = { equipmentId, project, folder, leaf };
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
  for (const { path, text } of proposal.files ?? []) {
    findings.push(...fileNameFindings({ runPath, path }, settings));
    const at = { runPath, path: `${runPath}/${path}`, kind: "file_content" } as const;
    findings.push(...findingsAt(at, fileHits({ path, text }, settings)));
  }
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

function fileNameFindings(
  file: { runPath: string; path: string },
  settings: GateSettings,
): Finding[] {
  const { runPath } = file;
  const segments = file.path.split("/");
  return segments.flatMap((name, index) => {
    const path = `${runPath}/${segments.slice(0, index + 1).join("/")}`;
    const kind = index === segments.length - 1 ? "file_name" : "directory_segment";
    const hits = nameHits(name, { folderBytes: utf8Length(dirname(path)), settings });
    return findingsAt({ runPath, path, kind }, hits);
  });
}

function fileHits(file: { path: string; text: string }, settings: GateSettings): Hit[] {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const extensions = new Set(settings.contentScanExtensions);
  const kind = textKindOf(name, { rendered: true, extensions });
  if (kind === null) return [];
  return scanContent(new TextEncoder().encode(file.text), { kind, tier: "hard" });
}
