/** `labferry report render ID`: Markdown or HTML, to stdout or a file. */
import { resolve } from "node:path";
import { encodeUtf8 } from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import { renderHtml, renderMarkdown } from "../reports/mod.ts";
import type { CliContext } from "./context.ts";
import { noteAll, storeOf } from "./report_store.ts";

export async function reportRender(
  context: CliContext,
  { id, format, output }: {
    readonly id: string;
    readonly format: "md" | "html";
    readonly output?: string;
  },
): Promise<void> {
  const report = await (await storeOf(context)).find(id);
  const { outline, notices } = await report.read();
  noteAll(context, notices);
  const options = { at: new Date(), chain: await report.chainHead() };
  const text = format === "html" ? renderHtml(outline, options) : renderMarkdown(outline, options);
  const about = {
    report_id: report.id,
    outline_version: outline.outline_version,
    format,
  };
  if (output === undefined) {
    if (context.options.json) return context.printJson({ ...about, content: text });
    return context.print(text.trimEnd());
  }
  const file = resolve(output);
  await writeFileAtomic(file, encodeUtf8(text));
  if (context.options.json) return context.printJson({ ...about, file });
  context.note(`labferry: written to ${file}`);
}
