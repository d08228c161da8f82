/** One sentence as a page, for a person whose browser went to a wrong or used-up address. */
import type { Context } from "hono";

/** A script, and everything below `/api`, gets `problem+json` instead. */
export function wantsPage(c: Context): boolean {
  return !c.req.path.startsWith("/api/") && (c.req.header("accept") ?? "").includes("text/html");
}

export function plainPage(
  c: Context,
  status: 403 | 404,
  sentence: string,
  hint?: string,
): Response | Promise<Response> {
  return c.html(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>labferry</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<main>
<h1>${escaped(sentence)}</h1>
${hint === undefined ? "" : `<p>${escaped(hint)}</p>`}
<p><a href="/">To the status page</a></p>
</main>
</html>
`,
    status,
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The address in it is whatever somebody typed, or made somebody click. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}
