/**
 * `creation.json` as a value: what a run or project is and what happened to it. The shapes accept
 * any 1.x; sets of words are open, because a newer minor may add to them.
 */
import * as z from "zod";
import { ownFieldsSchema } from "./own_fields.ts";

export const SYNC_STATUSES = [
  "pending",
  "synced",
  "failed",
  "blocked_by_validation",
  "cleaned",
] as const;
export type SyncStatus = typeof SYNC_STATUSES[number];

/** A word of a known set, or one a newer version has added. */
type Open<T extends string> = T | (string & Record<never, never>);

function open<T extends string>(): z.ZodType<Open<T>> {
  return z.string();
}

const template = z.object({
  name: z.string(),
  version: z.string(),
  source_path: z.string(),
  run_scope: open<"experimental" | "test" | "both">().nullish(),
});

const limsProject = z.object({
  uid: z.string(),
  short_id: z.string(),
  name_at_creation: z.string(),
  source: open<"live" | "cache" | "offline_catalogue">(),
  cache_freshness_at_use: z.string().nullable(),
});

const pluginApplied = z.object({
  plugin: z.string(),
  version: z.string(),
  files_affected: z.array(z.string()),
  status: open<"success" | "failed" | "timeout" | "skipped" | "policy_violation">(),
  isolation: z.record(z.string(), z.unknown()).nullish(),
});

const orchestrator = z.object({
  enabled: z.boolean(),
  host: z.string(),
  label: z.string(),
  equipment_label: z.string().nullish(),
  completeness_signal: z.string().nullish(),
  sentinel_filename: z.union([z.string(), z.array(z.string())]).nullish(),
  manifest_filename: z.string().nullish(),
});

const paths = z.object({
  /** The run's own folder. */
  local: z.string(),
  nas: z.string(),
  /** Where older versions of labferry kept `labferry.layout`; ask `recordedLayout`. */
  layout: z.string().nullish(),
});

/** After the history's defaults have been filled in (`creation_history.ts`). */
export const creationSchema = z.object({
  schema_version: z.string(),
  created_at: z.string(),
  created_by: z.string(),
  level: open<"project" | "run">(),
  run_kind: open<"experimental" | "test">(),
  lims_project: limsProject.nullish(),
  template,
  variables: z.record(z.string(), z.unknown()),
  plugins_applied: z.array(pluginApplied),
  paths,
  orchestrator: orchestrator.nullish(),
  sync_status: open<SyncStatus>(),
  /** As they stand; `overrides.ts` says which of them count. Each has an `id` here. */
  validation_overrides: z.array(z.record(z.string(), z.unknown())),
  /** Files a template rendered, where the record lists them. */
  rendered_files: z.array(z.string()).nullish(),
  labferry: ownFieldsSchema.nullish(),
});

/** A view: filled with defaults, without the fields we do not know. Changing it changes no file. */
export type Creation = z.infer<typeof creationSchema>;

/** What the first writer says; labferry adds version, status and empty lists. */
export type CreationDraft =
  & Pick<Creation, "created_at" | "created_by" | "level" | "run_kind" | "paths">
  & { readonly lims_project: NonNullable<Creation["lims_project"]> }
  & Partial<
    Pick<Creation, "template" | "variables" | "plugins_applied" | "orchestrator" | "labferry">
  >;
