/**
 * mount: a destination that is a folder here, on a mounted share or a second disk. Copies by itself,
 * without a tool, and hashes what it copies in the same pass.
 *
 * Invariants. A file appears under its name only whole, flushed and with its time; its folder is
 * flushed before it counts. Before each file the base's device number is compared with the one
 * remembered at `connect`, so that a share that is unmounted under a push does not fill the disk
 * below it. Every call that touches the mount is made in a thread of the session's own pool and is
 * waited for with a bound, so that a hung share stops neither the program nor other destinations.
 * No link below the base is followed.
 *
 * Resuming is by whole files: a file that was half copied when a push ended is copied anew.
 */
export { MountTransport, type MountTransportOptions } from "./transport.ts";
