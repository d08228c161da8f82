/** `labferry verify RUN --local`: the run's files against its own manifest; the far side is not asked. */
import { resolve, sep } from "node:path";
import { EXIT, LabferryError } from "../base/mod.ts";
import { DiskPool, lstatOrNull } from "../disk/mod.ts";
import { type Checksum, readChecksums, RECORD_FILES, recordPath } from "../records/mod.ts";
import type { CliContext } from "./context.ts";
import { dataDirOf } from "./data_dir.ts";

interface LocalCheck {
  readonly run_path: string;
  readonly files: number;
  readonly matched: number;
  /** Other bytes than the manifest says. */
  readonly changed: string[];
  readonly missing: string[];
  /** With the reason; a file that cannot be read is not one that matches. */
  readonly unreadable: { readonly path: string; readonly why: string }[];
}

export async function verifyLocal(context: CliContext, run: string): Promise<void> {
  const runPath = resolve(run);
  const { signal } = context;
  const check = await compareLocally(runPath, {
    dataDir: await dataDirOf(runPath, context),
    signal,
  });
  const { changed, missing, unreadable, files, matched } = check;
  if (matched < files) context.exitCode = EXIT.failed;
  if (context.options.json) return context.printJson(check);
  for (const path of changed) context.print(`changed     ${JSON.stringify(path)}`);
  for (const path of missing) context.print(`missing     ${JSON.stringify(path)}`);
  for (const { path, why } of unreadable) {
    context.print(`unreadable  ${JSON.stringify(path)}: ${why}`);
  }
  context.print(`${matched} of ${files} files are as the run's manifest says.`);
}

async function compareLocally(
  runPath: string,
  { dataDir, signal }: { readonly dataDir: string; readonly signal: AbortSignal },
): Promise<LocalCheck> {
  const manifest = recordPath(runPath, RECORD_FILES.checksums);
  await sealed(runPath, manifest);
  const check = {
    run_path: runPath,
    files: 0,
    matched: 0,
    changed: [] as string[],
    missing: [] as string[],
    unreadable: [] as { path: string; why: string }[],
  };
  using pool = new DiskPool();
  for await (const outcome of pool.hashFiles(filesOf(dataDir, manifest), { signal })) {
    const { entry } = outcome.item;
    check.files++;
    if (!outcome.ok) {
      if (outcome.error.code === "source_vanished") check.missing.push(entry.path);
      else check.unreadable.push({ path: entry.path, why: outcome.error.message });
    } else if (outcome.value.sha256 === entry.sha256) check.matched++;
    else check.changed.push(entry.path);
  }
  return check;
}

async function sealed(runPath: string, manifest: string): Promise<void> {
  if ((await lstatOrNull(manifest))?.isFile) return;
  throw new LabferryError("record_missing", `${runPath} has no manifest yet`, {
    why: "it is written at the end of the first pass",
    path: manifest,
    hint: "name a run's folder that was proven once",
  });
}

async function* filesOf(
  dataDir: string,
  manifest: string,
): AsyncGenerator<{ readonly path: string; readonly entry: Checksum }> {
  for await (const entry of readChecksums(manifest)) {
    const path = resolve(dataDir, entry.path);
    if (!path.startsWith(`${dataDir}${sep}`)) {
      throw new LabferryError("malformed_manifest", "the manifest names a file outside the run", {
        why: JSON.stringify(entry.path),
        path: manifest,
      });
    }
    yield { path, entry };
  }
}
