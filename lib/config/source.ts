/** Reads a configuration file's text, however hostile the file. */
import { decodeUtf8, LabferryError, messageOf } from "../base/mod.ts";

/** A PC with 500 instruments would need about 250 KB. */
export const MAX_CONFIG_BYTES = 256 * 1024;

/** The text; throws `config_missing` or `config_unreadable`. Links are followed: admins use them. */
export async function readConfigText(path: string): Promise<string> {
  const info = await ask(path, () => Deno.stat(path));
  if (!info.isFile) {
    throw unreadable(path, {
      why: info.isDirectory ? "it is a folder" : "it is not a regular file",
    });
  }
  const bytes = await ask(path, () => readBounded(path));
  if (bytes.length > MAX_CONFIG_BYTES) {
    const size = `it is larger than ${MAX_CONFIG_BYTES / 1024} KiB`;
    throw unreadable(path, { why: `${size}, which no configuration is` });
  }
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw unreadable(path, { why: notUtf8(bytes) });
  }
}

async function ask<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // Everything the system can say of a path: the error's own words name the reason.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new LabferryError("config_missing", `no configuration at ${path}`, {
        hint: "make one with `labferry config init`, or name another with --config",
        path,
        cause: error,
      });
    }
    throw unreadable(path, { why: messageOf(error), cause: error });
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(MAX_CONFIG_BYTES + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = await file.read(buffer.subarray(length));
    if (count === null) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** Names the line, and the two encodings Windows editors like to save. */
function notUtf8(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return "it is saved as UTF-16; save it as UTF-8";
  }
  let line = 1;
  let start = 0;
  // A newline byte never stands inside a character, so lines can be judged one by one.
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    line++;
    start = end + 1;
  }
  return `line ${line} is not UTF-8; save the file as UTF-8`;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decodeUtf8(bytes);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function unreadable(
  path: string,
  details: { readonly why: string; readonly cause?: unknown },
): LabferryError {
  return new LabferryError("config_unreadable", `the configuration ${path} cannot be read`, {
    ...details,
    hint: "name another file with --config, or make a new one with `labferry config init`",
    path,
  });
}
