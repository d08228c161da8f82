/**
 * What a process keeps in memory, counted and not timed: the live heap after a collection, and how
 * many entries all its maps and sets hold together. Asked through the inspector, of this process or of
 * one that was started with `--inspect`.
 */
import { Session } from "node:inspector/promises";

export interface Census {
  /** After a collection. */
  readonly heapMb: number;
  /** Entries of all maps and sets of the main thread. */
  readonly entries: number;
  /** Entries whose key names something that was asked for. */
  readonly named: number;
  /** The largest of them, largest first. */
  readonly largest: readonly Kept[];
}

export interface Kept {
  readonly size: number;
  readonly named: number;
  /** One of its keys, to be known by. */
  readonly key: string;
}

/** One command of the inspector's protocol. */
export type Ask = (
  method: string,
  params?: Readonly<Record<string, unknown>>,
  // deno-lint-ignore no-explicit-any -- the protocol's answers have a shape a method
) => Promise<any>;

const MOST_TOLD = 12;
/** Runs in the process that is asked, over all its maps and sets. */
const SIZES = `function (names) {
  const name = new RegExp(names);
  return [...this].map((kept) => {
    try {
      const keys = [...kept.keys()];
      const named = keys.filter((key) => name.test(String(key))).length;
      return { size: kept.size, named, key: String(keys.at(-1)).slice(0, 80) };
    } catch {
      return { size: 0, named: 0, key: "" }; // the prototype itself
    }
  });
}`;
const NO_NAME = "^\\b$";

/** `names`: a pattern; entries whose key it finds are counted by themselves. */
export async function census(ask: Ask, names = NO_NAME): Promise<Census> {
  const all: Kept[] = [];
  for (const kind of ["Map", "Set"]) {
    const { result } = await ask("Runtime.evaluate", { expression: `${kind}.prototype` });
    // Collects first: only what lives is found.
    const { objects } = await ask("Runtime.queryObjects", { prototypeObjectId: result.objectId });
    const { result: { value } } = await ask("Runtime.callFunctionOn", {
      objectId: objects.objectId,
      functionDeclaration: SIZES,
      arguments: [{ value: names }],
      returnByValue: true,
    });
    all.push(...value);
    for (const { objectId } of [result, objects]) await ask("Runtime.releaseObject", { objectId });
  }
  const { usedSize } = await ask("Runtime.getHeapUsage");
  return {
    heapMb: usedSize / 1e6,
    entries: all.reduce((sum, { size }) => sum + size, 0),
    named: all.reduce((sum, { named }) => sum + named, 0),
    largest: all.sort((a, b) => b.size - a.size).slice(0, MOST_TOLD),
  };
}

/** This process. */
export function askHere(): Ask & Disposable {
  const session = new Session();
  session.connect();
  const ask: Ask = (method, params) => session.post(method as "Runtime.evaluate", params as never);
  return Object.assign(ask, { [Symbol.dispose]: () => session.disconnect() });
}

/** A process that was started with `--inspect=127.0.0.1:PORT`. */
export async function askAt(port: number): Promise<Ask & Disposable> {
  const [{ webSocketDebuggerUrl }] = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const socket = new WebSocket(webSocketDebuggerUrl);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
    waiting.delete(id);
  };
  socket.onclose = () => {
    for (const { reject } of waiting.values()) {
      reject(new Error("the process that was asked ended"));
    }
  };
  let asked = 0;
  const ask: Ask = (method, params = {}) => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(++asked, answer);
    socket.send(JSON.stringify({ id: asked, method, params }));
    return answer.promise;
  };
  return Object.assign(ask, { [Symbol.dispose]: () => socket.close() });
}
