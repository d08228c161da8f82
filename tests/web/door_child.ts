/** A listener in a process of its own, without the bound of connections that would protect it. */
import { Door } from "../../lib/web/http/door.ts";

// As the service does. Deno 2.9.6 sets its signals up when they are first needed, and panics when
// that is at a moment without descriptors.
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
const port = Number(Deno.args[0]);
const listener = Deno.listen({ hostname: "127.0.0.1", port });
const origin = `http://127.0.0.1:${port}`;
new Door({ listener, origin, handler: () => new Response("here"), mostConnections: 100_000 });
console.log("listening");
