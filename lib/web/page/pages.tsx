/**
 * The pages of the site, and how each request for one is answered: a GET draws and changes nothing; a
 * POST checks its form, does what it asks for, and sends the browser back. What goes wrong is said on
 * the page itself, beside what was typed. A new page is a file beside this one and its line in `PAGES`.
 */
import { type Context, Hono } from "hono";
import { CODES, LabferryError, systemClock } from "../../base/mod.ts";
import { sentence, type Words } from "../../control/mod.ts";
import { problemOf } from "../problem.ts";
import { activityPage } from "./activity.tsx";
import { checkedForm, fieldsOf } from "./forms.ts";
import { homePage } from "./home.tsx";
import { problemsPage } from "./problems.tsx";
import { reportPage } from "./report.tsx";
import { reportComparePage } from "./report_compare.tsx";
import { reportHistoryPage } from "./report_history.tsx";
import { reportsPage } from "./reports.tsx";
import { runFilesPage } from "./run_files.tsx";
import { runPage } from "./run.tsx";
import { settingsPage } from "./settings.tsx";
import { storagePage } from "./storage.tsx";
import { Layout } from "./layout.tsx";
import { Notes } from "./notes.ts";
import {
  type Action,
  actionPath,
  type Asked,
  type Page,
  type PageHouse,
  type Typed,
} from "./page.ts";
import { Notice } from "./parts/notice.tsx";
import { Said } from "./parts/time.tsx";
import { Told } from "./parts/told.tsx";

/** In the order of the bar at the top. */
const PAGES: readonly Page[] = [
  homePage,
  runPage,
  runFilesPage,
  problemsPage,
  reportsPage,
  storagePage,
  activityPage,
  settingsPage,
  reportPage,
  reportHistoryPage,
  reportComparePage,
];

export interface PagesOptions {
  readonly house: PageHouse;
  /** Whether the request may change things. */
  readonly mayChange: (c: Context) => boolean;
}

export function createPages({ house, mayChange }: PagesOptions): Hono {
  const app = new Hono();
  const notes = new Notes(systemClock);
  const site = { house, notes, mayChange };
  for (const page of PAGES) {
    app.get(page.path, (c) => answered(c, () => draw(c, { ...site, page })));
    for (const [name, action] of Object.entries(page.actions ?? {})) {
      const path = actionPath(page.path, name);
      app.post(path, (c) => answered(c, () => act(c, { ...site, page, name, action })));
    }
  }
  return app;
}

interface Site extends PagesOptions {
  readonly notes: Notes;
  readonly page: Page;
}

interface Outcome {
  readonly typed?: Typed;
  readonly error?: LabferryError;
}

async function draw(c: Context, site: Site & Outcome): Promise<Response> {
  const { page, house, notes, error } = site;
  const asked = askedOf(c, site);
  const { title, tone = "idle", body } = await page.draw(asked);
  const note = error ? null : notes.of(asked.query.get("note"));
  return await c.html(
    `<!doctype html>${await (
      <Layout
        title={title}
        tone={tone}
        version={house.version}
        start={house.start}
        path={asked.path}
        nav={NAV}
        mayChange={asked.mayChange}
        now={asked.now}
      >
        {error
          ? (
            <Notice tone="bad" hint={error.hint}>
              <Said words={[error.message]} />
            </Notice>
          )
          : null}
        {note
          ? (
            <Notice tone="safe">
              <Said words={note} />
            </Notice>
          )
          : null}
        {body}
      </Layout>
    )}`,
    error ? CODES[error.code].http : 200,
  );
}

async function act(
  c: Context,
  site: Site & { readonly name: string; readonly action: Action },
): Promise<Response> {
  const { page, name, action, notes } = site;
  const fields = fieldsOf(await formText(c));
  try {
    const values = checkedForm(action.form, fields) as never;
    const asked = askedOf(c, site);
    const { said, to = asked.path } = await action.act(asked, values);
    return c.redirect(noted(to, notes.keep(said)), 303);
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return await draw(c, { ...site, page, error, typed: { action: name, values: fields } });
  }
}

/** Any other kind of body is no form of ours. @throws LabferryError `usage` */
async function formText(c: Context): Promise<string> {
  const type = c.req.header("content-type") ?? "";
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return await c.req.text();
  throw new LabferryError("usage", "This address takes a form", {
    why: `what came is ${type === "" ? "of no kind" : type}`,
    hint: "scripts use /api/v1",
  });
}

function noted(to: string, id: string): string {
  return `${to}${to.includes("?") ? "&" : "?"}note=${id}`;
}

function askedOf(c: Context, { house, page, mayChange, typed }: Site & Outcome): Asked {
  const params = c.req.param() as Record<string, string>;
  const path = page.path.replaceAll(/:(\w+)/g, (_, name) => encodeURIComponent(params[name] ?? ""));
  return {
    house,
    mayChange: mayChange(c),
    path,
    params,
    query: new URL(c.req.url).searchParams,
    now: new Date(),
    typed: typed ?? null,
  };
}

/** A page that cannot be drawn says why, in the frame of the others. */
async function answered(c: Context, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (!wantsPage(c)) throw error;
    const known = error instanceof LabferryError ? error : null;
    const { status } = problemOf(c, error);
    return await errorPage(c, {
      status,
      words: [known?.message ?? "The page could not be made"],
      hint: known?.hint ?? "this is a fault in labferry; see app.log",
    });
  }
}

/** A script, and everything below `/api`, gets `problem+json` instead. */
export function wantsPage(c: Context): boolean {
  return !c.req.path.startsWith("/api/") && (c.req.header("accept") ?? "").includes("text/html");
}

export interface ErrorSaid {
  readonly status: number;
  readonly words: Words;
  readonly hint?: string | undefined;
}

/** One sentence as a page, for a person whose browser went to a wrong or used-up address. */
export async function errorPage(c: Context, { status, words, hint }: ErrorSaid): Promise<Response> {
  const page = (
    <Layout
      title="labferry"
      tone="bad"
      version=""
      start={null}
      path=""
      nav={NAV}
      mayChange={false}
      now={new Date()}
    >
      <section class="plain">
        <h1>
          <Said words={words} />
        </h1>
        {hint
          ? (
            <p>
              <Told text={sentence(hint)} />
            </p>
          )
          : null}
        <p>
          <a href="/">To the status page</a>
        </p>
      </section>
    </Layout>
  );
  return await c.html(`<!doctype html>${await page}`, status as 404);
}

const NAV = PAGES.flatMap(({ path, nav }) => nav ? [{ path, words: nav }] : []);
