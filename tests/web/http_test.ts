/** The listener on real sockets: what clients may do to it, and that it goes on. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CONNECTION_LIMITS } from "../../lib/web/http/connection.ts";
import { Door, type DoorOptions } from "../../lib/web/http/door.ts";
import { wholeResponse } from "../../lib/web/http/whole.ts";
import { startChild } from "../support/child_lines.ts";
import { freePort } from "../support/free_port.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

type Answering = (request: Request) => Response | Promise<Response>;

interface OpenDoor extends AsyncDisposable {
  readonly door: Door;
  readonly url: string;
  connect(): Promise<Deno.TcpConn>;
  /** Sends `text` over a connection of its own and reads until the other side ends it. */
  talk(text: string): Promise<string>;
}

function openDoor(handler: Answering, options: Partial<DoorOptions> = {}): OpenDoor {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const origin = `http://127.0.0.1:${port}`;
  const door = new Door({ listener, origin, handler, ...options });
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
  return {
    door,
    url: `${origin}/`,
    connect,
    async talk(text) {
      using connection = await connect();
      await connection.write(new TextEncoder().encode(text));
      return await readAll(connection);
    },
    [Symbol.asyncDispose]: () => door.close(),
  };
}

async function readAll(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(4096);
  let text = "";
  for (let n = await connection.read(bytes); n !== null; n = await connection.read(bytes)) {
    text += decoder.decode(bytes.subarray(0, n), { stream: true });
  }
  return text;
}

const echo: Answering = async (request) =>
  new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);

Deno.test("Door answers requests that come together on one connection, in their order", async () => {
  await using open = openDoor(echo);
  const text = await open.talk(
    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n" +
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none" +
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1;x=y\r\no\r\n0\r\nT: t\r\n\r\n" +
      "HEAD /d HTTP/1.1\r\nHost: x\r\n\r\n" +
      "GET /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  );
  const answers = [...text.matchAll(/(GET|POST|HEAD) \/. ?\w*/g)].map(([answer]) => answer.trim());
  assert.deepEqual(answers, ["GET /a", "POST /b one", "POST /c two", "GET /e"]);
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 5);
  // A HEAD is never told a length that a GET would not have.
  assert.doesNotMatch(text, /content-length: 0/);
});

Deno.test("Door ends an answer to an old client with the connection", async () => {
  await using open = openDoor(() => new Response("a".repeat(100_000)));
  const text = await open.talk("GET / HTTP/1.0\r\n\r\n");
  assert.doesNotMatch(text, /transfer-encoding/i);
  assert.equal(text.split("\r\n\r\n")[1]?.length, 100_000);
});

const REFUSED: readonly [string, string, string][] = [
  ["no request line", "hello\r\n\r\n", "400"],
  ["a header without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", "400"],
  ["a folded header", "GET / HTTP/1.1\r\nA: b\r\n c: d\r\n\r\n", "400"],
  ["a NUL in a header", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", "400"],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "400",
  ],
  [
    "lengths that differ",
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "400",
  ],
  ["a length below nothing", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"],
  ["a chunk of no size", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"],
  ["a coding nobody knows", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "501"],
  ["a head without end", `GET / HTTP/1.1\r\nA: ${"b".repeat(50_000)}`, "431"],
  ["a body beyond all measure", "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nab", "413"],
  ["no path", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "400"],
  ["a tunnel", "CONNECT /x HTTP/1.1\r\nHost: x\r\n\r\n", "400"],
];

for (const [what, request, status] of REFUSED) {
  Deno.test(`Door refuses ${what}`, async () => {
    await using open = openDoor(echo);
    const text = await open.talk(request);
    assert.equal(text.split(" ")[1], status, text);
    assert.match(text, /application\/problem\+json/);
    assert.match(text, /x-content-type-options: nosniff/i);
    assert.match(text, /content-security-policy: default-src 'none'/i);
    assert.equal(await (await fetch(open.url)).text(), "GET / ");
  });
}

Deno.test("Door ends a client that is slow to ask, and one that does not read", async () => {
  const limits = { ...CONNECTION_LIMITS, headMs: 50, writeMs: 50, bodyMs: 50 };
  const big = () => new Response(new Uint8Array(64 * 1024 * 1024));
  await using open = openDoor(big, { limits });
  using silent = await open.connect();
  await silent.write(new TextEncoder().encode("GET / HTTP/1.1\r\n"));
  using deaf = await open.connect();
  await deaf.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  using half = await open.connect();
  await half.write(new TextEncoder().encode("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"));
  assert.equal(await silent.read(new Uint8Array(10)), null);
  await until(() => open.door.connections === 0, { what: "all three to be ended" });
});

Deno.test("Door makes room by ending who came first and asks nothing, never who is being answered", async () => {
  const stream = () =>
    new Response(
      new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode("news\n")) }),
      { headers: { "content-type": "text/event-stream" } },
    );
  const handler: Answering = (request) => request.url.endsWith("/news") ? stream() : echo(request);
  await using open = openDoor(handler, { mostConnections: 3 });
  using reader = await open.connect();
  await reader.write(new TextEncoder().encode("GET /news HTTP/1.1\r\nHost: x\r\n\r\n"));
  await reader.read(new Uint8Array(1000));
  const idle: Deno.TcpConn[] = [];
  for (let i = 0; i < 40; i++) idle.push(await open.connect());
  assert.match(
    await open.talk("GET /still HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    /GET \/still/,
  );
  assert.ok(open.door.connections <= 3);
  assert.equal(await idle[0]!.read(new Uint8Array(1)), null);
  // The stream goes on until its reader leaves.
  assert.ok(open.door.connections >= 1);
  reader.closeWrite();
  for (const connection of idle) connection.close();
  await until(() => open.door.connections === 0, { what: "the stream to end with its reader" });
});

Deno.test("Door makes room by ending who does not read, when nobody is idle", async () => {
  const big = () => new Response(new Uint8Array(64 * 1024 * 1024));
  await using open = openDoor((request) => request.url.endsWith("/big") ? big() : echo(request), {
    mostConnections: 3,
  });
  const deaf: Deno.TcpConn[] = [];
  for (let i = 0; i < 3; i++) {
    const connection = await open.connect();
    await connection.write(new TextEncoder().encode("GET /big HTTP/1.1\r\nHost: x\r\n\r\n"));
    deaf.push(connection);
  }
  const asks = "GET /still HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  await until(async () => {
    try {
      return (await open.talk(asks)).includes("GET /still");
    } catch (error) {
      // Refused: there is no room yet.
      if (error instanceof Deno.errors.ConnectionReset) return false;
      throw error;
    }
  }, { what: "an answer beside three who do not read" });
  for (const connection of deaf) connection.close();
});

testWith(["linux"], "Door goes on when the process has no file descriptor left", async () => {
  const port = freePort();
  const url = `http://127.0.0.1:${port}/`;
  await using child = startChild("sh", [
    "-c",
    'ulimit -n 60; exec "$@"',
    "sh",
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    CHILD,
    String(port),
  ]);
  await child.said("listening");
  const idle: Deno.TcpConn[] = [];
  for (let i = 0; i < 100; i++) {
    idle.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  }
  // While they are held: room is made, one at a time.
  assert.equal(await (await fetch(url)).text(), "here");
  for (const connection of idle) connection.close();
  assert.equal(await (await fetch(url)).text(), "here");
});

const CHILD = fileURLToPath(new URL("./door_child.ts", import.meta.url));

Deno.test("Door sends what is known whole with its length, large and small, to any client", async () => {
  for (const size of [0, 10, 300_000]) {
    const bytes = new Uint8Array(size).fill(120);
    const headers = { "content-type": "text/plain" };
    await using open = openDoor(() => wholeResponse(bytes, { headers }));
    const answers = await Promise.all([fetch(open.url), fetch(open.url)]);
    for (const answer of answers) {
      assert.equal(answer.headers.get("content-length"), String(size));
      assert.equal(await answer.text(), "x".repeat(size));
    }
    const old = await open.talk("GET / HTTP/1.0\r\n\r\n");
    assert.equal(old.slice(old.indexOf("\r\n\r\n") + 4), "x".repeat(size));
    assert.equal((await fetch(open.url, { method: "HEAD" })).status, 200);
  }
});
