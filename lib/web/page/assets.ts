/** The page's style and script, as they are embedded. Their names change when they do. */
import { createHash } from "node:crypto";
import baseCss from "./style/base.css" with { type: "text" };
import partsCss from "./style/parts.css" with { type: "text" };
import listsCss from "./style/lists.css" with { type: "text" };
import pagesCss from "./style/pages.css" with { type: "text" };
import picturesCss from "./style/pictures.css" with { type: "text" };
import reportsCss from "./style/reports.css" with { type: "text" };
import liveScript from "./live.js" with { type: "text" };

export const STYLE: string = tersely(
  [baseCss, partsCss, pagesCss, listsCss, picturesCss, reportsCss].join("\n"),
);
export const LIVE: string = withoutComments(liveScript);

export const VERSIONED = {
  css: `/site.css?${shortHash(STYLE)}`,
  live: `/live.js?${shortHash(LIVE)}`,
} as const;

/** White space where CSS needs none: a fifth of what a first look would load. Our style has no such texts. */
function tersely(css: string): string {
  return css.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([{};,]) ?/g, "$1").replaceAll(/: (?=[^{}]*[;}])/g, ":").replaceAll(";}", "}");
}

/** Without whole lines of comments, and without indentation. */
function withoutComments(script: string): string {
  return script.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("//") && !/^\/\*\*.*\*\/$/.test(line))
    .join("\n");
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 8);
}
