/**
 * doctor: whether this computer and its destinations let labferry do its work, for the person who
 * sets it up or wonders why nothing moves. Each check is a file: it gathers facts (which may take
 * long, fail or hang) and judges them by a pure function.
 *
 * Invariants. Nothing is changed: what is written is a probe's own, under a name nobody has, and goes
 * again before the check ends. No wait is without a bound, and one thing that hangs hides no other.
 * A warning and a fault each say what to do.
 *
 * Terms. *Patient*: what is looked at. *Subject*: one folder, tool or destination of it. *Line*: ok,
 * warning or fault. *Probe*: `transports/probe.ts`.
 */
export { examine, type Examined } from "./examine.ts";
export type { Line } from "./line.ts";
export type { Patient } from "./patient.ts";
