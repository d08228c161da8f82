import assert from "node:assert/strict";
import { startSlowRelay } from "./slow_relay.ts";

/** Gives back every piece as it came. */
function startEcho(): AsyncDisposable & { port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const client of listener) await client.readable.pipeTo(client.writable);
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

async function say(connection: Deno.TcpConn, text: string): Promise<string> {
  await connection.write(new TextEncoder().encode(text));
  const answer = new Uint8Array(text.length);
  for (let at = 0; at < answer.length;) {
    const count = await connection.read(answer.subarray(at));
    if (count === null) return "the end";
    at += count;
  }
  return new TextDecoder().decode(answer);
}

Deno.test("startSlowRelay carries both ways, and counts bytes and round trips", async () => {
  await using echo = startEcho();
  await using relay = startSlowRelay(echo.port, { delayMs: 5, mbps: 100 });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  for (const word of ["one", "two", "three"]) assert.equal(await say(connection, word), word);
  assert.deepEqual(relay.counts(), { connections: 1, bytesUp: 11, bytesDown: 11, roundTrips: 2 });
});

Deno.test("startSlowRelay holds while it stalls, and goes on with what it held", async () => {
  await using echo = startEcho();
  await using relay = startSlowRelay(echo.port);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  relay.stall();
  relay.stall();
  const answer = say(connection, "held");
  const read = Promise.withResolvers<void>();
  relay.onUp = () => read.resolve();
  await read.promise;
  assert.equal(relay.counts().bytesDown, 0);
  relay.resume();
  assert.equal(await answer, "held");
});

Deno.test("startSlowRelay cuts what is open and takes new connections", async () => {
  await using echo = startEcho();
  await using relay = startSlowRelay(echo.port);
  using first = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  assert.equal(await say(first, "one"), "one");
  relay.cut();
  assert.equal(await first.read(new Uint8Array(1)), null);
  using second = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  assert.equal(await say(second, "two"), "two");
});
