/**
 * What a page is: an address, what it draws, and what can be done on it. `pages.tsx` does the rest: it
 * asks, draws the frame, checks forms, answers a change by a redirect, and shows what went wrong.
 */
import type { Child } from "hono/jsx";
import type { z } from "zod";
import type {
  Control,
  GateControl,
  LongLists,
  PageReading,
  SettingsView,
  Words,
} from "../../control/mod.ts";
import type { Tone } from "../../queue/mod.ts";
import type { ReportStore } from "../../reports/mod.ts";

/** What pages are made from. */
export interface PageHouse {
  readonly control: Control;
  readonly reading: PageReading;
  /** Null where there are no findings and overrides to ask for. */
  readonly gate: GateControl | null;
  /** Files, activity and storage, a page at a time. */
  readonly lists: Pick<LongLists, keyof LongLists> | null;
  /** The configuration as it is shown. */
  readonly settings: (() => Promise<SettingsView>) | null;
  /** Null where there are no reports. */
  readonly reports: ReportStore | null;
  readonly version: string;
  /** Tells one start of the service from another. */
  readonly start: string;
}

/** One request for a page. */
export interface Asked {
  readonly house: PageHouse;
  /** This browser may change things (`guard.ts`). */
  readonly mayChange: boolean;
  /** The page's own address, without a query. */
  readonly path: string;
  /** What stands for `:id` in the page's address. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly now: Date;
  /** What a refused form was filled with, so that nobody types it twice. */
  readonly typed: Typed | null;
}

export interface Typed {
  readonly action: string;
  readonly values: Readonly<Record<string, string>>;
}

export interface Drawn {
  /** Of the tab; the page says "labferry" itself. */
  readonly title: string;
  /** The colour of the tab's sign. @default idle */
  readonly tone?: Tone;
  readonly body: Child;
}

export interface Page {
  /** As Hono writes it: `/runs/:id`. */
  readonly path: string;
  /** The word in the bar at the top; pages without one are found from others. */
  readonly nav?: string;
  draw(asked: Asked): Promise<Drawn>;
  /** By name; each answers POST at `<path>/<name>`. */
  readonly actions?: Readonly<Record<string, Action>>;
}

export interface Action {
  readonly form: z.ZodType;
  act(asked: Asked, values: never): Promise<Done>;
}

/** What is said after a change, and where the browser goes. */
export interface Done {
  readonly said: Words;
  /** @default the page itself */
  readonly to?: string;
}

/** Ties a form's schema to what is done with its values. */
export function action<T extends z.ZodType>(
  form: T,
  act: (asked: Asked, values: z.output<T>) => Promise<Done>,
): Action {
  return { form, act };
}

/** The address of an action of a page. */
export function actionPath(path: string, name: string): string {
  return `${path === "/" ? "" : path}/${name}`;
}
