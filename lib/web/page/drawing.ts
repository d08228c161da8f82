/** What a part of a page draws: text of HTML in which everything that was put in is escaped. */
import type { HtmlEscapedString } from "hono/utils/html";

export type Drawing = HtmlEscapedString | Promise<HtmlEscapedString>;
