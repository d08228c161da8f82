/** A port of 127.0.0.1 that nobody listens at in this moment; somebody may take it before its user. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
