/** The app as the daemon builds it, asked without a socket. */
import type { Hono } from "hono";
import { systemClock } from "../../lib/base/mod.ts";
import { type AppOptions, createApp, NewsHub, Sessions } from "../../lib/web/mod.ts";
import { checkedAnswer } from "./checked_answer.ts";
import { type FakeControl, fakeControl } from "./fake_control.ts";
import { fakeReading } from "./fake_reading.ts";

export const PORT = 8787;
export const TOKEN = "the-token-of-this-test";
export const OUR_HOST = `127.0.0.1:${PORT}`;

export interface House {
  readonly control: FakeControl;
  readonly news: NewsHub;
  readonly sessions: Sessions;
  readonly closing: AbortController;
  readonly app: Hono;
  /** Asks with the right Host unless `headers` say otherwise. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** As the command line: with the token. */
  askWithToken(path: string, init?: RequestInit): Promise<Response>;
}

export interface HouseOptions
  extends Pick<AppOptions, "reading" | "gate" | "lists" | "settings" | "reports"> {
  readonly port?: number;
}

export function openHouse(
  control = fakeControl(),
  { port = PORT, ...parts }: HouseOptions = {},
): House {
  const news = new NewsHub();
  const sessions = new Sessions(systemClock);
  const closing = new AbortController();
  const app = createApp({
    control,
    news,
    sessions,
    port,
    token: TOKEN,
    version: "1.2.3",
    signal: closing.signal,
    reading: fakeReading(control),
    ...parts,
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers({ host: OUR_HOST });
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    const answer = await app.request(`http://${OUR_HOST}${path}`, { ...init, headers });
    return await checkedAnswer(answer, { method: init.method, path });
  };
  return {
    control,
    news,
    sessions,
    closing,
    app,
    ask,
    askWithToken(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${TOKEN}`);
      return ask(path, { ...init, headers });
    },
  };
}

export async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${(await response.json()).code}`;
}

/** The session cookie that `response` gives, as a browser would send it back. */
export function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}
