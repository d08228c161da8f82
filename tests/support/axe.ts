/** What axe finds wrong with a page, as it is now. */
import axe from "axe-core";
import type { Page } from "./chromium.ts";

/** One line for each element that violates a rule; empty for a page without a fault. */
export async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html)))`);
}
