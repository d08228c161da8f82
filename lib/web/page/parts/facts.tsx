/** What is known of something, as names and values; a fact without a value is left out. */
import type { Child } from "hono/jsx";
import type { Drawing } from "../drawing.ts";

export type Fact = readonly [name: string, value: Child | null];

export function Facts({ facts }: { readonly facts: readonly Fact[] }): Drawing {
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value !== null && value !== "").map(([name, value]) => (
        <div data-key={`fact-${name}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
