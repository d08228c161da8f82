/** The page's style and script, as they are embedded. Their names change when they do. */
import { createHash } from "node:crypto";
import baseCss from "./style/base.css" with { type: "text" };
import partsCss from "./style/parts.css" with { type: "text" };
import listsCss from "./style/lists.css" with { type: "text" };
import pagesCss from "./style/pages.css" with { type: "text" };
import reportsCss from "./style/reports.css" with { type: "text" };
import liveScript from "./live.js" with { type: "text" };

export const STYLE: string = [baseCss, partsCss, pagesCss, listsCss, reportsCss].join("\n");
export const LIVE: string = liveScript;

export const VERSIONED = {
  css: `/site.css?${shortHash(STYLE)}`,
  live: `/live.js?${shortHash(LIVE)}`,
} as const;

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 8);
}
