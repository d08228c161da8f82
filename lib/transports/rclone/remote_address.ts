/**
 * How rclone writes a place: `name[,option=value…]:path`, where a name that begins with a colon is
 * a backend's type ("on the fly", https://rclone.org/docs/#syntax-of-remote-paths). Options may hold
 * passwords, so a place has two texts: `spec` for rclone's command line, `shown` for people.
 */
import { LabferryError } from "../../base/mod.ts";

export interface RemoteAddress {
  /** Section of rclone's configuration; null for an on-the-fly remote. */
  readonly name: string | null;
  /** Backend type of an on-the-fly remote; null for a configured one. */
  readonly type: string | null;
  /** Options given in the address itself; they win over the configuration's. */
  readonly options: ReadonlyMap<string, string>;
  /** Everything up to and with the colon, as rclone wants it. */
  readonly prefix: string;
  readonly path: string;
}

/**
 * Reads a remote in any of the forms people write: `lab-nas`, `lab-nas:`, `lab-nas:lab/X`,
 * `:local:/path`, `:sftp,host=nas,user=lab:path`.
 *
 * @throws {LabferryError} `config_invalid` for anything else, a bare path included: rclone would
 * take that for a folder of this machine.
 */
export function parseRemote(text: string): RemoteAddress {
  const match = /^(:?)([\p{L}\p{N}_.+@][\p{L}\p{N}_.+@ -]*)/u.exec(text);
  if (!match) throw notARemote(text);
  const [head, onTheFly, name] = match as unknown as [string, string, string];
  // There rclone takes a single letter for a drive.
  if (Deno.build.os === "windows" && /^[A-Za-z]$/.test(name)) throw notARemote(text);
  const options = new Map<string, string>();
  let at = head.length;
  while (text[at] === ",") {
    const option = readOption(text, at + 1);
    if (option === null) throw notARemote(text);
    options.set(option.key.replaceAll("-", "_"), option.value);
    at = option.end;
  }
  if (at === text.length && onTheFly === "") text += ":";
  if (text[at] !== ":") throw notARemote(text);
  return {
    name: onTheFly ? null : name,
    type: onTheFly ? name : null,
    options,
    prefix: text.slice(0, at + 1),
    path: text.slice(at + 1),
  };
}

/** The address as people may see it: options are left out, they can hold a password. */
export function shownAddress(address: RemoteAddress): string {
  if (address.options.size === 0) return address.prefix + address.path;
  const head = address.name ?? `:${address.type}`;
  return `${head},…:${address.path}`;
}

/** `key`, `key=value`, `key="a "" b"`: a doubled quote stands for one. */
function readOption(
  text: string,
  from: number,
): { key: string; value: string; end: number } | null {
  const key = /^[\w-]+/.exec(text.slice(from))?.[0];
  if (!key) return null;
  const at = from + key.length;
  if (text[at] !== "=") return { key, value: "true", end: at };
  const rest = text.slice(at + 1);
  const quoted = /^(["'])((?:(?!\1)[^]|\1\1)*)\1/.exec(rest);
  if (quoted) {
    const [all, quote, inner] = quoted as unknown as [string, string, string];
    return { key, value: inner.replaceAll(quote + quote, quote), end: at + 1 + all.length };
  }
  if (/^["']/.test(rest)) return null;
  const value = /^[^,:]*/.exec(rest)![0];
  return { key, value, end: at + 1 + value.length };
}

function notARemote(text: string): LabferryError {
  // Only the part before the first option is repeated: the rest may be a password.
  const safe = text.split(",", 1)[0];
  return new LabferryError("config_invalid", `"${safe}" is not an rclone remote`, {
    why: 'a remote is a name from "rclone listremotes", or ":backend,option=value:"',
    hint: "Name a remote of rclone's configuration; for a folder use the transport `mount`.",
  });
}
