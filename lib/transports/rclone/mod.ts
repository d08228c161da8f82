/**
 * rclone: destinations that only rclone reaches, and any other it reaches as well. A run is sent by
 * one `rclone copy` of exactly the sealed list; what arrived is proven by `rclone hashsum sha256`.
 * The small requests of a session are answered by one `rclone rcd` (`rcd.ts`), which ends with it.
 *
 * Invariants. rclone's own judgement of "equal" never stands for a proof: `check` and `--checksum`
 * are not used, both are silent where two sides share no checksum. Every flag is explicit; nothing
 * is asked interactively; the configuration and passwords in an address are never logged. Names go
 * through as they are. Before a write the base is there and no link stands in the way.
 *
 * Terms. *Remote*: a section of rclone's configuration, or `:type,option=value:` on the fly.
 * *Backend*: the kind of place behind it, aliases followed. *Wrapper*: a backend before another
 * one (crypt, union …); through it everything is read back.
 *
 * What rclone cannot do: verify an sftp server's key without `known_hosts_file` in the remote (noted
 * with every proof, warned of by `doctor`); replace a file whole before 1.63; carry a newline.
 */
export { parseRemote, type RemoteAddress } from "./remote_address.ts";
export { type RcloneOptions, RcloneTransport } from "./transport.ts";
