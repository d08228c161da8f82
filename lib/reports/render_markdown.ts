/** A report as Markdown (CommonMark): headings, lists and escaped text, nothing that runs. */
import { formatBytes } from "../base/mod.ts";
import { type Outline, statusOf, tagsOf } from "./outline.ts";
import {
  type Figures,
  type RenderOptions,
  type ShownInsight,
  type ShownSection,
  shownTime,
  showReport,
} from "./render_model.ts";
import { filesWords } from "./run_facts.ts";
import { visible, visibleLines } from "./wording.ts";

export function renderMarkdown(outline: Outline, options: RenderOptions): string {
  const { sections, figures } = showReport(outline);
  const head = [
    `# ${escaped(outline.title)}`,
    ...(figures.runs > 0 ? [figuresSentence(figures)] : []),
    ...(tagsOf(outline).length > 0 ? [`Tags: ${escaped(tagsOf(outline).join(", "))}`] : []),
    ...(statusOf(outline) === "active" ? [] : [`This report is ${statusOf(outline)}.`]),
  ];
  return `${
    [...head, ...sections.flatMap(sectionBlocks), footer(outline, options)].join("\n\n")
  }\n`;
}

export function figuresSentence({ runs, files, bytes, proven, failed }: Figures): string {
  const amount = `${runs} ${runs === 1 ? "run" : "runs"}, ` +
    `${filesWords(files)}, ${formatBytes(bytes)}`;
  const open = runs - proven - failed;
  const parts = [
    `${proven} safe at the destination`,
    ...(open > 0 ? [`${open} on the way`] : []),
    ...(failed > 0 ? [`${failed} failed or damaged`] : []),
  ];
  return `${amount}: ${parts.join(", ")}.`;
}

export function footerSentence(outline: Outline, { at, chain }: RenderOptions): string {
  const from = chain ? `, event ${chain.seq} of its history, ${chain.hash}` : "";
  return `Report ${outline.report_id}, version ${outline.outline_version}${from}. ` +
    `Rendered ${shownTime(at.toISOString())} by labferry.`;
}

function sectionBlocks({ section, insights }: ShownSection): string[] {
  return [
    `## ${escaped(section.title)}`,
    ...contentBlocks(section.content, section.content_format ?? "markdown"),
    ...(section.notes ? [paragraph(section.notes)] : []),
    ...insights.map(insightBlock),
  ];
}

/** Markdown stays as it was written; HTML and plain text are shown, not interpreted. */
function contentBlocks(content: string | null | undefined, format: string): string[] {
  if (!content) return [];
  if (format === "markdown") return [visibleLines(content).trimEnd()];
  if (format === "plain") return [paragraph(content)];
  const longest = Math.max(2, ...Array.from(content.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}html\n${visibleLines(content).trimEnd()}\n${fence}`];
}

function insightBlock(insight: ShownInsight): string {
  const { heading, lines, isRun, author, at, weight, sources } = insight;
  const mark = weight === "failed" ? "**!** " : "";
  const by = author === null ? [] : [`*${escaped(author)}, ${shownTime(at)}*`];
  const cited = sources.map((source) => `*Source: ${escaped(source)}*`);
  if (isRun) {
    const items = lines.map((line) => `- ${escaped(line)}`);
    return [`### ${mark}${escaped(heading)}`, items.join("\n"), ...by, ...cited]
      .filter((block) => block !== "").join("\n\n");
  }
  return [mark + paragraph([heading, ...lines].join("\n")), ...by].join("\n\n");
}

function footer(outline: Outline, options: RenderOptions): string {
  return `---\n\n*${escaped(footerSentence(outline, options))}*`;
}

function paragraph(text: string): string {
  return text.trim().split("\n").map(escaped).join("  \n");
}

/**
 * Text as itself: what CommonMark or GFM take for a sign is escaped, and only that, because the
 * Markdown is read by people as well. An underscore within a word is no sign.
 */
function escaped(text: string): string {
  return visible(text)
    .replace(/^\s+/, "")
    .replace(/[\\`*[\]|~<>&]/g, (sign) => `\\${sign}`)
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/^[#+=-]/, (sign) => `\\${sign}`)
    .replace(/^(\d+)([.)])/, "$1\\$2");
}
