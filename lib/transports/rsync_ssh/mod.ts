/**
 * rsync_ssh: runs travel with rsync over ssh to a machine that hashes its own disk. For NAS boxes
 * and servers with an account for labferry.
 *
 * Invariants. Only keys let us in, and a host key that changed is refused. No name of a file is ever
 * part of a command line: names travel on stdin, escaped or NUL-separated, or in rsync's own list; folders of the
 * far side are single quoted words of fixed scripts. No far link is followed below the base, which
 * nothing but `createBase` makes. A far file has its old bytes or its new ones, never a part: what is
 * half sent lies in `.labferry-partial` at the top of the far run until the push succeeds. What stands
 * in a push's way is moved aside, never replaced. A session is one connection and ends with it.
 *
 * Terms. *Account*: what the key may do there; with a *shell*, or *restricted* to rsync (rrsync or
 * another forced command): then rsync itself does everything, and proof means reading back. *Leg*:
 * rsync's way to one far folder. *Word*: what a far script says before it gives up
 * (`far_words.ts`). *Talk*: the one conversation with the far shell, over which all small requests of
 * a session go (`far_talk.ts`). *Pair*: what the two rsyncs can do together.
 *
 * Limits. The account's login shell may be any that takes `quote.ts`' words (tcsh none over two lines);
 * `sh` is there. With rrsync folders whose names hold wildcards or braces are refused, and folders are
 * not set aside. macOS' openrsync gets only the options it
 * has: no progress, and only plain characters in far paths.
 */
export type { RsyncSshOptions } from "./destination.ts";
export { RsyncSshTransport } from "./transport.ts";
