/**
 * export: a run as a package that other people's programs understand, for a repository, a journal, a
 * partner. Invariants: every file that is packed was read once, and is what the run's manifest says; the
 * run's own files are copied (or shared by the file system, where it can), never linked, because a hard
 * link would change their ctime (`rules.md` 35); a package appears under its name whole or not at all.
 */
export { EXPORT_FORMATS, type ExportFormat, type ExportOptions, exportRun } from "./export_run.ts";
export type { RunFacts } from "./run_facts.ts";
