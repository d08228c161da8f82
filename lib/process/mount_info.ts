/** What is mounted where, as Linux lists it in `/proc/self/mountinfo`. */
import { isWithin } from "../base/mod.ts";
import { readMountInfo } from "./proc_files.ts";

export interface Mounted {
  /** The system's number of this mount, until it is unmounted for good. */
  readonly id: number;
  /** The folder it is mounted on. */
  readonly point: string;
  readonly major: number;
  readonly minor: number;
  /** The kind of file system: `ext4`, `cifs`. */
  readonly type: string;
  /** What is mounted, as the system names it: `//pc/data`, `host:/export`, `/dev/sda1`. */
  readonly source: string;
  /** The folder of it that is mounted; `/` for all of it. */
  readonly root: string;
  readonly isReadOnly: boolean;
}

/** Everything that is mounted now; null where there is no such table. */
export function mountedNow(): Mounted[] | null {
  const text = readMountInfo();
  return text === null ? null : parseMountInfo(text);
}

/** Fields as in proc(5): `ID parent MAJOR:MINOR root point options [tags…] - type source …`. */
export function parseMountInfo(text: string): Mounted[] {
  return text.split("\n").flatMap((line) => {
    const fields = /^(\d+) \d+ (\d+):(\d+) (\S+) (\S+) (\S+)(?: \S+)*? - (\S+) (\S*) ?(\S*)/
      .exec(line);
    if (fields === null) return [];
    const [, id, major, minor, root, point, options, type, source, ofAll] = fields;
    return [{
      id: Number(id),
      point: unescapedField(point!),
      major: Number(major),
      minor: Number(minor),
      type: type!,
      source: unescapedField(source!),
      root: unescapedField(root!),
      isReadOnly: [options!, ofAll!].some((text) => text.split(",").includes("ro")),
    }];
  });
}

/** What a folder (absolute, without links) is on; of what is mounted over another, the last. */
export function nearestMount(folder: string, mounted: readonly Mounted[]): Mounted | null {
  return mounted.filter(({ point }) => isWithin(folder, point)).reduce<Mounted | null>(
    (best, one) => best === null || one.point.length >= best.point.length ? one : best,
    null,
  );
}

/**
 * `\040` → space, as in a table of mounts and in fstab(5). The escapes are bytes, so that they are
 * put together before decoding.
 */
export function unescapedField(field: string): string {
  if (!field.includes("\\")) return field;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const [whole, octal] of field.matchAll(/\\([0-3][0-7]{2})|[^\\]+|\\/g)) {
    if (octal === undefined) bytes.push(...encoder.encode(whole));
    else bytes.push(parseInt(octal, 8));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
