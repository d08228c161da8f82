/**
 * What the far system said when rsync wrote there. The number is its errno (Linux'): its text may be
 * in another language; a system that numbers otherwise is known by its text.
 */
import type { Reading } from "./reading.ts";

interface FarTalk {
  readonly stderr: string;
  readonly farDir?: string;
}

/** Null for words about something else. */
export function ofDisk({ stderr, farDir = "" }: FarTalk): Reading | null {
  // What this side could not read says nothing about the far disk.
  const far = stderr.split(/[\r\n]+/).filter((line) => !/\[sender\]/.test(line));
  const line = (pattern: RegExp) => far.find((one) => pattern.test(one));
  if (line(/No space left on device|\(28\)$|[Qq]uota exceeded|\(122\)$/)) {
    return {
      code: "destination_full",
      why: "the far disk is full, or its quota is used up",
      hint: "Make room there; everything that waits goes on by itself.",
    };
  }
  const tooLarge = line(/File too large|\(27\)$/);
  if (tooLarge) {
    const path = nameIn(tooLarge, farDir);
    return {
      code: "file_too_large",
      why: `the far file system takes no file as large as ${path ?? "this one"}`,
      hint: "Use a destination whose file system takes large files (FAT32 ends at 4 GiB).",
      path,
    };
  }
  const tooLong = line(/File name too long|\(36\)$/);
  if (tooLong) {
    const path = nameIn(tooLong, farDir);
    return {
      code: "name_not_carried",
      why: `the name ${
        path ?? "of a file"
      } is too long there (while it is sent it needs 8 bytes more)`,
      hint: "Give the file a shorter name; encrypted shares often take 143 bytes only.",
      path,
    };
  }
  if (line(STALE)) {
    return {
      code: "unreachable",
      why: "the disk behind the far machine went away",
      hint: "See that the share or disk is mounted there; it goes on by itself then.",
    };
  }
  if (line(/Read-only file system|\(30\)$/)) {
    return { code: "auth", why: "the far file system is read-only" };
  }
  return null;
}

const STALE = new RegExp(
  "Stale (?:NFS )?file handle|\\(116\\)$|Host is down|\\(112\\)$|No such device|\\((?:6|19)\\)$" +
    "|Transport endpoint is not connected|\\(107\\)$|No route to host|\\(113\\)$",
);

/** The file's name of the run: rsync writes `.name.XXXXXX` first, and prints whole far paths. */
function nameIn(line: string, farDir: string): string | undefined {
  const printed = /"(.*)"/.exec(line)?.[1];
  if (printed === undefined) return undefined;
  const at = farDir === "" ? -1 : printed.indexOf(`/${farDir}/`);
  const below = at < 0 ? printed.slice(printed.lastIndexOf("/") + 1) : printed.slice(
    at + farDir.length + 2,
  );
  const [, dir = "", leaf] = /^(.*\/)?\.(.*)\.[A-Za-z0-9]{6}$/.exec(below) ?? [];
  return leaf === undefined ? below : dir + leaf;
}
