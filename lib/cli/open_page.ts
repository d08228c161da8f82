/**
 * The page that takes a browser to the one-time link. A program's arguments can be read by every
 * account of a computer (`/proc/<pid>/cmdline`, the task manager), so the browser is started with
 * the path of a file that only this account can read, and the link is in the file.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { errnoOf, writeFileAtomic } from "../disk/mod.ts";
import { encodeUtf8 } from "../base/mod.ts";

/** A link lives for a minute: the pages of earlier ones lead nowhere any more. */
const OLD_PAGE_MS = 120_000;

/** Writes the page for `url` into a folder of the state directory, and clears away old ones. */
export async function writeOpenPage(stateDir: string, url: string): Promise<string> {
  const folder = join(stateDir, "open");
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  // It may have been made by an older umask, or by hand.
  if (Deno.build.os !== "windows") await Deno.chmod(folder, 0o700);
  await removeOldPages(folder);
  const path = join(folder, `${randomBytes(8).toString("hex")}.html`);
  await writeFileAtomic(path, encodeUtf8(pageText(url)), { createOnly: true, mode: 0o600 });
  return path;
}

function pageText(url: string): string {
  const target = new URL(url).href;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${target}"><title>labferry</title>
<p><a href="${target}">labferry</a> (the link works once, within a minute)</p></html>
`;
}

async function removeOldPages(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const path = join(folder, name);
    try {
      const { mtime } = await Deno.lstat(path);
      if (Date.now() - (mtime?.getTime() ?? 0) > OLD_PAGE_MS) await Deno.remove(path);
    } catch (error) {
      // Another `labferry open` was quicker.
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
}
