/**
 * A report as one HTML file: no script, nothing fetched, readable on paper and on a phone. Every
 * text is escaped; Markdown goes through markdown-it with raw HTML off; a section whose content is
 * HTML is shown as source, because no filter is as safe as not interpreting it.
 */
import { createHash } from "node:crypto";
import MarkdownIt from "markdown-it";
import { type Outline, type Section, statusOf, tagsOf } from "./outline.ts";
import { figuresSentence, footerSentence } from "./render_markdown.ts";
import {
  type RenderOptions,
  type ShownInsight,
  type ShownReport,
  type ShownSection,
  shownTime,
  showReport,
} from "./render_model.ts";
import styleText from "./report.css" with { type: "text" };
import { visible, visibleLines } from "./wording.ts";

/** As a browser reads it, whatever line ends this file was checked out with. */
const style = styleText.replaceAll("\r\n", "\n");

/** The only style a rendered report may have, as a source of a content policy. */
export const REPORT_STYLE_SOURCE = `'sha256-${
  createHash("sha256").update(style).digest("base64")
}'`;

export function renderHtml(outline: Outline, options: RenderOptions): string {
  const report = showReport(outline);
  const title = escaped(outline.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${REPORT_STYLE_SOURCE}">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${headLines(report)}</header>
${contents(report.sections)}<main>
${report.sections.map(sectionHtml).join("")}</main>
<footer>${escaped(footerSentence(outline, options))}</footer>
</body>
</html>
`;
}

function headLines({ outline, figures }: ShownReport): string {
  const tags = tagsOf(outline);
  const status = statusOf(outline);
  return [
    ...(figures.runs > 0 ? [`<p class="figures">${escaped(figuresSentence(figures))}</p>\n`] : []),
    ...(tags.length > 0 ? [`<p class="tags">Tags: ${escaped(tags.join(", "))}</p>\n`] : []),
    ...(status === "active" ? [] : [`<p class="tags">This report is ${status}.</p>\n`]),
  ].join("");
}

function contents(sections: readonly ShownSection[]): string {
  if (sections.length < 3) return "";
  const items = sections.map(({ section, insights }) =>
    `<li><a href="#${anchor(section)}">${escaped(section.title)}</a> (${insights.length})</li>`
  );
  return `<nav aria-label="Contents"><ul>${items.join("")}</ul></nav>\n`;
}

function sectionHtml({ section, insights }: ShownSection): string {
  return `<section id="${anchor(section)}">
<h2>${escaped(section.title)}</h2>
${contentHtml(section)}${section.notes ? paragraphs(section.notes.split("\n")) : ""}${
    insights.map(insightHtml).join("")
  }</section>
`;
}

/** Markup in which nothing of the text is markup, a script or a style; empty for a section without text. */
export function contentHtml({ content, content_format }: Section): string {
  if (!content) return "";
  if (content_format === "html") return `<pre>${withSigns(visibleLines(content))}</pre>\n`;
  if (content_format === "plain") return paragraphs(content.split("\n"));
  return markdown.render(visibleLines(content));
}

const WEIGHT_WORDS = { routine: "", notable: "needed attention", failed: "failed or damaged" };

function insightHtml(insight: ShownInsight): string {
  const { heading, lines, isRun, author, at, weight, sources } = insight;
  const kind = [...(isRun ? ["run"] : []), ...(weight === "routine" ? [] : [weight])].join(" ");
  const words = isRun ? WEIGHT_WORDS[weight] : "";
  const mark = words === "" ? "" : ` <span class="weight">${words}</span>`;
  const list = lines.map((line) => `<li>${escaped(line)}</li>`).join("");
  const body = isRun
    ? `<h3>${escaped(heading)}${mark}</h3>\n${list === "" ? "" : `<ul>${list}</ul>\n`}`
    : paragraphs([heading, ...lines]);
  const by = author === null
    ? ""
    : `<p class="by">${escaped(author)}, ${escaped(shownTime(at))}</p>\n`;
  // A note's only source is its author's word, who is named already.
  const cited = author === null ? sources : [];
  const source = cited.map((text) => `<p class="source">Source: ${escaped(text)}</p>\n`).join("");
  return `<article${kind === "" ? "" : ` class="${kind}"`}>\n${body}${by}${source}</article>\n`;
}

function paragraphs(lines: readonly string[]): string {
  return `<p>${lines.map(escaped).join("<br>")}</p>\n`;
}

function anchor({ section_id }: Section): string {
  return `s-${section_id.replace(/[^0-9A-Za-z-]/g, "")}`;
}

const SIGNS: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return withSigns(visible(text));
}

function withSigns(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => SIGNS[sign]!);
}

/** Pictures would be fetched from somewhere when the file is opened: their text stays. */
const markdown = new MarkdownIt({ html: false, linkify: false }).disable("image");
const openLink = markdown.renderer.rules["link_open"] ??
  ((tokens, index, options, _env, self) => self.renderToken(tokens, index, options));
markdown.renderer.rules["link_open"] = (tokens, index, options, env, self) => {
  tokens[index]?.attrSet("rel", "noreferrer noopener");
  return openLink(tokens, index, options, env, self);
};

/** A table's columns keep their side without a style attribute, which no policy can name. */
for (const cell of ["th_open", "td_open"]) {
  markdown.renderer.rules[cell] = (tokens, index, options, _env, self) => {
    const token = tokens[index]!;
    const side = /^text-align:(left|center|right)$/.exec(String(token.attrGet("style")))?.[1];
    token.attrs = (token.attrs ?? []).filter(([name]) => name !== "style");
    if (side) token.attrSet("align", side);
    return self.renderToken(tokens, index, options);
  };
}
