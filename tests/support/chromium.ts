/**
 * A real Chromium without a window, spoken to over its DevTools protocol: what the page's tests need
 * of it and no more. `await using browser = await startChromium();`
 *
 * A start of it costs three seconds of a processor, so `deno task test` starts one for all tests
 * (`launchChromium`): each page is in a fresh profile anyway. `deno test` alone, and whoever is in a
 * network of its own, has one to itself.
 */
import { signalChild } from "./processes.ts";
import { tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";

export interface Chromium extends AsyncDisposable {
  /** A page in a fresh profile: no cookies of the pages before. */
  open(url: string, view?: View): Promise<Page>;
}

export interface View {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  /** Pixels of the picture a CSS pixel. @default {1} */
  readonly scale?: number;
  /** False for a browser that runs none of the page's scripts. @default {true} */
  readonly scripts?: boolean;
  /** As it is printed. @default {false} */
  readonly print?: boolean;
}

export interface Page extends AsyncDisposable {
  /** What an expression is worth in the page; promises are waited for. */
  evaluate<T>(expression: string): Promise<T>;
  /** Resolves as soon as the expression is true in the page. */
  until(expression: string, limitMs?: number): Promise<void>;
  goto(url: string): Promise<void>;
  /** A real click of the mouse in the middle of what `selector` names. */
  click(selector: string): Promise<void>;
  /** Types into whatever has the focus, as a keyboard does. */
  type(text: string): Promise<void>;
  /** Presses a key, as a keyboard does. */
  press(key: Key, options?: { readonly shift?: boolean }): Promise<void>;
  /** Errors of scripts, of the console, of the network, and refusals of the content policy. */
  readonly complaints: readonly string[];
  /** The page as a PNG. */
  picture(): Promise<Uint8Array>;
}

export type Key = "Tab" | "Enter" | "Escape" | "Space" | "ArrowDown";

const KEYS: Readonly<Record<Key, readonly [code: number, text: string]>> = {
  Tab: [9, ""],
  Enter: [13, "\r"],
  Escape: [27, ""],
  Space: [32, " "],
  ArrowDown: [40, ""],
};

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--hide-scrollbars",
  // Pages of several tests are open at a time, and none of them is in the background.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--remote-debugging-port=0",
];
const DEFAULT_VIEW: View = { width: 1100, height: 900 };
const UNTIL_MS = 60_000;
/** Far longer than a start takes on a computer that eight programs share. */
const START_LIMIT_MS = 120_000;

/** Names the DevTools address of the browser for all tests. */
export const BROWSER_VARIABLE = "LABFERRY_TEST_BROWSER";

export async function startChromium(): Promise<Chromium> {
  const forAll = Deno.env.get(BROWSER_VARIABLE);
  const there = forAll ? await Protocol.connect(forAll).catch(() => null) : null;
  if (there !== null) return speakTo(there);
  await using stack = new AsyncDisposableStack();
  const { address } = stack.use(await launchChromium());
  const protocol = stack.use(await Protocol.connect(address));
  const open = stack.move();
  return { ...speakTo(protocol), [Symbol.asyncDispose]: () => open.disposeAsync() };
}

function speakTo(protocol: Protocol): Chromium {
  return {
    open: (url, view = DEFAULT_VIEW) => openPage(protocol, url, view),
    [Symbol.asyncDispose]: () => protocol[Symbol.asyncDispose](),
  };
}

/** The program alone: `address` is where its DevTools listen. */
export async function launchChromium(): Promise<AsyncDisposable & { readonly address: string }> {
  const profile = await tempDir("labferry-chromium-");
  const child = new Deno.Command("chromium", {
    args: [...FLAGS, `--user-data-dir=${profile.path}`, "about:blank"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { address: said, drained } = devtoolsAddress(child.stderr);
  const late = setTimeout(() => signalChild(child, "SIGKILL"), START_LIMIT_MS);
  const address = await said.finally(() => clearTimeout(late));
  return {
    address,
    async [Symbol.asyncDispose]() {
      const protocol = await Protocol.connect(address).catch(() => null);
      if (protocol === null) signalChild(child, "SIGKILL");
      await protocol?.send("Browser.close");
      await child.status;
      await drained;
      await profile[Symbol.asyncDispose]();
    },
  };
}

function devtoolsAddress(stderr: ReadableStream<Uint8Array>) {
  const { promise: address, resolve, reject } = Promise.withResolvers<string>();
  const drained = (async () => {
    let said = "";
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      const match = /DevTools listening on (ws:\S+)/.exec(said);
      if (match) resolve(match[1]!);
    }
    reject(new Error(`chromium ended: ${said}`));
  })();
  return { address, drained };
}

type Params = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

class Protocol {
  #next = 1;
  #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #listeners = new Map<string, (method: string, params: Params) => void>();

  static async connect(url: string): Promise<Protocol> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error(`no answer at ${url}`)));
    });
    return new Protocol(socket);
  }

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener("close", () => {
      for (const { resolve } of this.#waiting.values()) resolve({});
      this.#waiting.clear();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.addEventListener("close", resolve));
    this.socket.close();
    await closed;
  }

  send<T>(method: string, params: Params = {}, sessionId?: string): Promise<T> {
    const id = this.#next++;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
    return answer.promise as Promise<T>;
  }

  listen(sessionId: string, listener: (method: string, params: Params) => void): void {
    this.#listeners.set(sessionId, listener);
  }

  #receive({ id, sessionId, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    } else if (sessionId && method) this.#listeners.get(sessionId)?.(method, params ?? {});
  }
}

async function openPage(protocol: Protocol, url: string, view: View): Promise<Page> {
  const { browserContextId } = await protocol.send<{ browserContextId: string }>(
    "Target.createBrowserContext",
    { disposeOnDetach: true },
  );
  const { targetId } = await protocol.send<{ targetId: string }>("Target.createTarget", {
    url: "about:blank",
    browserContextId,
  });
  const { sessionId } = await protocol.send<{ sessionId: string }>("Target.attachToTarget", {
    targetId,
    flatten: true,
  });
  const send = <T>(method: string, params: Params = {}) =>
    protocol.send<T>(method, params, sessionId);
  const complaints: string[] = [];
  const loads = new Loads();
  protocol.listen(sessionId, (method, params) => {
    loads.heard(method, params);
    const complaint = complaintIn(method, params);
    if (complaint !== null) complaints.push(complaint);
  });
  for (const domain of ["Page", "Runtime", "Log", "Audits"]) await send(`${domain}.enable`);
  await send("Page.setLifecycleEventsEnabled", { enabled: true });
  await send("Emulation.setDeviceMetricsOverride", {
    width: view.width,
    height: view.height,
    deviceScaleFactor: view.scale ?? 1,
    mobile: view.width < 600,
  });
  await send("Emulation.setFocusEmulationEnabled", { enabled: true });
  const { scripts = true, print = false } = view;
  await send("Emulation.setScriptExecutionDisabled", { value: !scripts });
  await send("Emulation.setEmulatedMedia", {
    media: print ? "print" : "",
    features: [{ name: "prefers-color-scheme", value: view.dark ? "dark" : "light" }],
  });
  const evaluate = <T>(expression: string) => evaluated<T>(send, expression);
  // Without scripts a page has no timers either: it is asked from here.
  const wait = scripts ? waitUntil : askUntil;
  const goto = async (to: string) => {
    const { loaderId } = await send<{ loaderId?: string }>("Page.navigate", { url: to });
    if (loaderId !== undefined) await loads.of(loaderId);
  };
  await goto(url);
  return {
    complaints,
    evaluate,
    goto,
    until: (expression, limitMs = UNTIL_MS) => wait(evaluate, expression, limitMs),
    type: async (text) => void await send("Input.insertText", { text }),
    async click(selector) {
      // A page that follows another may load anew in between; its scripts are at work when it is whole.
      const found = `document.querySelector(${JSON.stringify(selector)})`;
      await wait(evaluate, `document.readyState === "complete" && ${found}`, UNTIL_MS);
      await clickOn(send, evaluate, { selector, clicks: scripts ? CLICKS : 1 });
    },
    async press(key, { shift = false } = {}) {
      const [code, text] = KEYS[key];
      const about = {
        key: key === "Space" ? " " : key,
        code: key,
        windowsVirtualKeyCode: code,
        modifiers: shift ? 8 : 0,
      };
      await send("Input.dispatchKeyEvent", {
        type: text ? "keyDown" : "rawKeyDown",
        text,
        ...about,
      });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...about });
    },
    async picture() {
      const { data } = await send<{ data: string }>("Page.captureScreenshot", {
        captureBeyondViewport: false,
      });
      return Uint8Array.fromBase64(data);
    },
    async [Symbol.asyncDispose]() {
      await protocol.send("Target.disposeBrowserContext", { browserContextId });
    },
  };
}

/** Which pages have loaded: the one before may still do so while the next is asked for. */
class Loads {
  readonly #loads = new Map<string, PromiseWithResolvers<void>>();

  heard(method: string, { name, loaderId }: Params): void {
    if (method === "Page.lifecycleEvent" && name === "load") this.#load(String(loaderId)).resolve();
  }

  of(loaderId: string): Promise<void> {
    return this.#load(loaderId).promise;
  }

  #load(loaderId: string): PromiseWithResolvers<void> {
    const load = this.#loads.get(loaderId) ?? Promise.withResolvers<void>();
    this.#loads.set(loaderId, load);
    return load;
  }
}

type Send = <T>(method: string, params?: Params) => Promise<T>;
type Evaluate = <T>(expression: string) => Promise<T>;

async function evaluated<T>(send: Send, expression: string): Promise<T> {
  const { result, exceptionDetails } = await send<{
    result: { value: T };
    exceptionDetails?: { text: string; exception?: { description?: string } };
  }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  return result.value;
}

/** Asked inside the page at every frame it paints, so that no state in between is missed. */
async function waitUntil(evaluate: Evaluate, expression: string, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  let outcome: string | null = null;
  while (outcome === null) {
    outcome = await lookInPage(evaluate, expression, Math.max(0, endMs - performance.now()));
  }
  if (outcome !== "") {
    throw new Error(`not true in time: ${expression}\nthe page says:\n${outcome}`);
  }
}

async function askUntil(evaluate: Evaluate, expression: string, limitMs: number): Promise<void> {
  // Asked while one page gives way to the next there is no answer.
  const isTrue = () => evaluate<boolean>(`Boolean(${expression})`).catch(() => false);
  await until(isTrue, { what: expression, limitMs });
}

/** Empty when it became true, what the page says when it did not; null when the page went away. */
async function lookInPage(
  evaluate: Evaluate,
  expression: string,
  limitMs: number,
): Promise<string | null> {
  try {
    return await evaluate<string>(`new Promise((resolve) => {
      const until = performance.now() + ${limitMs};
      const look = () => {
        if (${expression}) return resolve("");
        if (performance.now() > until) return resolve(document.body.innerText);
        setTimeout(look, 20);
      };
      look();
    })`);
  } catch (error) {
    // Asked while one page gives way to the next.
    const gone = /target navigated|context (was destroyed|with specified id)/;
    if (error instanceof Error && gone.test(error.message)) return null;
    throw error;
  }
}

/** News may move what is on the page between the look and the click: who was missed is tried again. */
const CLICKS = 5;

/** Without scripts nobody hears whether a click was missed; nothing moves there either. */
async function clickOn(
  send: Send,
  evaluate: Evaluate,
  { selector, clicks }: { readonly selector: string; readonly clicks: number },
): Promise<void> {
  for (let n = 0; n < clicks; n++) {
    const place = await evaluate<{ x: number; y: number }>(`(() => {
      const found = document.querySelector(${JSON.stringify(selector)});
      window.wasClicked = false;
      found.addEventListener("click", () => window.wasClicked = true, { capture: true, once: true });
      found.scrollIntoView({ block: "center" });
      const { x, y, width, height } = found.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await send("Input.dispatchMouseEvent", { type, ...place, button: "left", clickCount: 1 });
    }
    if (clicks === 1) return;
    // A click that led to another page took what would say so along.
    const isMissed = await evaluate<boolean>("window.wasClicked === false").catch(() => false);
    if (!isMissed) return;
  }
  throw new Error(`${selector} was clicked ${clicks} times and heard none of it`);
}

function complaintIn(method: string, params: Params): string | null {
  switch (method) {
    case "Runtime.exceptionThrown":
    case "Audits.issueAdded":
      return JSON.stringify(params);
    case "Runtime.consoleAPICalled":
      return params["type"] === "log" ? null : JSON.stringify(params);
    case "Log.entryAdded": {
      const { level, text, url } = params["entry"] as { level: string; text: string; url?: string };
      return level === "error" || level === "warning" ? `${text} ${url ?? ""}` : null;
    }
    default:
      return null;
  }
}
