/** `labferry learn DIR`: what old runs show, and a configuration for what comes. */
import { resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { DiskPool } from "../disk/mod.ts";
import { evidenceLines, learnFrom, proposedConfig } from "../learn/mod.ts";
import type { CliContext } from "./context.ts";
import { visible } from "./table.ts";

export async function learn(context: CliContext, { dir }: { readonly dir: string }): Promise<void> {
  const tree = await folderAt(dir);
  using pool = new DiskPool();
  const learnt = await learnFrom(tree, { pool, signal: context.signal, now: new Date() });
  const [evidence, config] = [evidenceLines(learnt), proposedConfig(learnt)];
  if (context.options.json) return context.printJson({ ...learnt, evidence, config });
  for (const line of evidence) context.print(`# ${visible(line)}`);
  context.print("");
  context.print(config.trimEnd());
}

async function folderAt(dir: string): Promise<string> {
  try {
    const tree = await Deno.realPath(resolve(dir));
    if ((await Deno.stat(tree)).isDirectory) return tree;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new LabferryError("not_found", `there is no folder ${dir}`, {
    path: dir,
    hint: "Name the folder in which the instrument's software makes one folder a run.",
  });
}
