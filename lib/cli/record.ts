/** `labferry record show | check | set`: the same locked writers the service uses. */
import { LabferryError } from "../base/mod.ts";
import { checkRecord, setRecord, showRecord } from "../records/mod.ts";
import type { CliContext } from "./context.ts";

interface ThisFile {
  readonly file: string;
}

export async function recordShow(context: CliContext, { file }: ThisFile): Promise<void> {
  const shown = await showRecord(file);
  if (context.options.json) return context.printJson(shown);
  context.print(`${shown.kind}: ${shown.path}`);
  context.print(JSON.stringify(shown.view ?? shown.fields, null, 2));
}

export async function recordCheck(context: CliContext, { file }: ThisFile): Promise<void> {
  const checked = await checkRecord(file);
  if (context.options.json) context.printJson(checked);
  else {
    context.print(`${checked.kind}: ${checked.ok ? "ok" : "not usable"}`);
    for (const { code, message } of [...checked.problems, ...checked.notes]) {
      context.print(`  ${code}: ${message}`);
    }
  }
  if (!checked.ok) context.exitCode = 1;
}

export async function recordSet(
  context: CliContext,
  { file, changes }: ThisFile & { readonly changes: readonly string[] },
): Promise<void> {
  const pairs = Object.fromEntries(changes.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)] as const;
    throw new LabferryError("usage", `${JSON.stringify(text)} is no change`, {
      hint: "write it as key=value",
    });
  }));
  const after = await setRecord(file, pairs);
  if (context.options.json) context.printJson(after);
  else context.print(`${file}: ${changes.join(", ")}`);
}
