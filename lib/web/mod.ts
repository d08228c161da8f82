/**
 * web: the status page and its API on 127.0.0.1, for the scientist who looks for five seconds and
 * for scripts. Reads are open to every local user; every change needs the token or a session that
 * the token bought (`guard.ts`). This room reads views and sends commands through `Control`; it
 * never reaches into how a run is moved.
 */
export { type AppOptions, createApp } from "./app.ts";
export { type News, NewsHub, type NewsKind } from "./events.ts";
export { HttpControl } from "./http_control.ts";
export { metricFamilies } from "./metrics.ts";
export { listen, type Listener, type ListenOptions } from "./server.ts";
export { Sessions } from "./sessions.ts";
