/**
 * A real transport with a watcher at its door: every call is noted in order, and the watcher may
 * throw before the call goes through, or look at the far side.
 */
import type { FarSession, Transport } from "../../lib/transports/mod.ts";

export interface FarCall {
  readonly op: "connect" | Exclude<keyof FarSession, symbol>;
  readonly args: readonly unknown[];
}

/** Told before each call; what it throws the caller gets, and the call is not made. */
export type Watcher = (call: FarCall) => void | Promise<void>;

export function watched(transport: Transport, watcher: Watcher): Transport {
  return {
    type: transport.type,
    traits: transport.traits,
    address: transport.address,
    refusalOfName: (path) => transport.refusalOfName(path),
    placesHere: (options) => transport.placesHere(options),
    async connect(options) {
      await watcher({ op: "connect", args: [] });
      return watchedSession(await transport.connect(options), watcher);
    },
  };
}

function watchedSession(session: FarSession, watcher: Watcher): FarSession {
  return new Proxy(session, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (typeof name === "symbol") return value.bind(target);
      if (name === "list") {
        return async function* (farDir: string) {
          await watcher({ op: "list", args: [farDir] });
          yield* target.list(farDir);
        };
      }
      return async (...args: unknown[]) => {
        await watcher({ op: name as FarCall["op"], args });
        return await value.apply(target, args);
      };
    },
  });
}
