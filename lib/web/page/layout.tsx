/** The frame of every page: the bar at the top, what is said after a change, and what is said when the
 * service does not answer any more. The live script finds its words here: it has none of its own. */
import type { Child } from "hono/jsx";
import type { Drawing } from "./drawing.ts";
import { printable } from "../../gate/mod.ts";
import type { Tone } from "../../queue/mod.ts";
import { Time } from "./parts/time.tsx";
import { VERSIONED } from "./assets.ts";

export interface Frame {
  readonly title: string;
  readonly tone: Tone;
  readonly version: string;
  /** Of the service; null on a page of an error, which does not live on. */
  readonly start: string | null;
  readonly path: string;
  readonly nav: readonly { readonly path: string; readonly words: string }[];
  readonly mayChange: boolean;
  readonly now: Date;
  readonly children?: Child;
}

const SIGN_COLORS: Readonly<Record<Tone, string>> = {
  safe: "#12734a",
  moving: "#1d5fa8",
  wait: "#b47800",
  bad: "#b3261e",
  idle: "#7a8594",
};

export function Layout(frame: Frame): Drawing {
  const { title, tone, version, start, path, nav, mayChange, now, children } = frame;
  return (
    <html
      lang="en"
      data-rights={mayChange ? "change" : "read"}
      data-zone={ZONE}
      data-start={start ?? undefined}
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${printable(title)} · labferry`}</title>
        <link rel="icon" href={signOf(tone)} />
        <link rel="stylesheet" href={VERSIONED.css} />
        {start === null ? null : <script type="module" src={VERSIONED.live}></script>}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="bar">
          <a class="brand" href="/">labferry</a>
          <nav aria-label="Pages">
            {nav.map(({ path: to, words }) => (
              <a href={to} aria-current={isCurrent(path, to) ? "page" : undefined}>{words}</a>
            ))}
          </nav>
          {start === null
            ? null
            : (
              <p id="link" class="link" role="status" data-live="live" data-lost="no connection">
              </p>
            )}
        </header>
        <div id="silence" class="silence" role="alert" hidden>
          <h1>
            The service has stopped; last seen{" "}
            <time id="last-seen" data-now={now.toISOString()}></time>
          </h1>
          <p>What is below was so then, and may not be so now. This page keeps asking.</p>
        </div>
        <main id="main" tabindex={-1}>{children}</main>
        <footer>
          <p>
            {mayChange
              ? "This page may change things until labferry restarts."
              : "This page is read-only. To change things from here, run: labferry open"}
          </p>
          <p>
            labferry {version} · as of <Time at={now.toISOString()} now={now} seconds />
          </p>
        </footer>
      </body>
    </html>
  );
}

/** Where this PC is: a browser that is elsewhere writes the times anew. */
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function isCurrent(path: string, to: string): boolean {
  return to === "/" ? path === "/" || path.startsWith("/runs") : path.startsWith(to);
}

function signOf(tone: Tone): string {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${
      SIGN_COLORS[tone]
    }"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
