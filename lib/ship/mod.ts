/**
 * ship: one folder to one destination, sent and proven while a person waits. It goes the same way as a
 * run of the service, on a small queue of its own (one a destination), and needs no configuration.
 *
 * Invariants. Its jobs never enter custody. A folder is not shipped into itself, onto itself, or over
 * labferry's own files. One ship a far folder at a time.
 */
export { type ShipOptions, shipRun } from "./ship_run.ts";
