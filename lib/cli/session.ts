/** `labferry session [ID]`: acquisitions over several PCs, and what their parts wait for. */
import { counted, formatBytes, LabferryError } from "../base/mod.ts";
import { type SessionView, sessionWords } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl } from "./control.ts";
import { visible } from "./table.ts";

export async function session(
  context: CliContext,
  { id }: { readonly id?: string },
): Promise<void> {
  await askControl(context, async (control) => {
    const all = await control.sessions();
    if (id === undefined) {
      if (context.options.json) return context.printJson({ sessions: all });
      if (all.length === 0) return context.print("No run here is a part of a session.");
      for (const one of all) context.print(sessionLine(one));
      return;
    }
    const found = all.find((one) => one.id === id.toLowerCase());
    if (!found) {
      throw new LabferryError("not_found", `No session is called ${visible(id)}`, {
        hint: "`labferry session` lists them",
      });
    }
    if (context.options.json) return context.printJson(found);
    for (const line of sessionLines(found)) context.print(line);
  });
}

export function sessionLine(one: SessionView): string {
  return `Session ${visible(one.id)}: ${sessionWords(one)}`;
}

function sessionLines(one: SessionView): string[] {
  return [
    sessionLine(one),
    ...one.parts.flatMap(({ equipment_id, state, host, runs }) => [
      `  ${equipment_id}: ${state}${host === null ? "" : `, by ${visible(host)}`}`,
      ...runs.map(({ far_path, files, bytes, proven_at }) =>
        `    ${visible(far_path)}: ${counted(files, "file")}, ${formatBytes(bytes)}${
          proven_at === null ? "" : `, proven ${visible(proven_at)}`
        }`
      ),
    ]),
    ...one.faults.map((fault) => `  not known: ${visible(fault)}`),
  ];
}
