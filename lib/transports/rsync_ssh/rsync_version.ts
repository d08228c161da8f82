/** Which rsync is there, and what it understands. */

export interface RsyncKind {
  /** As it calls itself: `3.2.7`. */
  readonly version: string;
  /** The BSD rewrite that macOS ships; it speaks the protocol but lacks most newer options. */
  readonly isOpenrsync: boolean;
  /** 3.0.0: arguments travel inside the protocol, where no shell sees them (`-s`). */
  readonly secludesArgs: boolean;
  /** 3.1.0: `--info`, `--outbuf`. */
  readonly hasInfo: boolean;
  /** 3.2.3 */
  readonly hasMkpath: boolean;
  /** 3.2.4; from then on it also quotes its arguments for the far shell itself. */
  readonly hasFsync: boolean;
}

/** From the first lines of `rsync --version`; null when they are not rsync's. */
export function parseRsyncVersion(text: string): RsyncKind | null {
  const isOpenrsync = /openrsync/i.test(text);
  const found = /rsync\s+version\s+v?(\d+)\.(\d+)(?:\.(\d+))?/i.exec(text);
  if (!found && !isOpenrsync) return null;
  const [major, minor, patch] = [found?.[1], found?.[2], found?.[3]].map((part) =>
    Number(part ?? 0)
  );
  const number = major! * 1_000_000 + minor! * 1_000 + patch!;
  const since = (wanted: number) => !isOpenrsync && number >= wanted;
  return {
    version: `${major}.${minor}.${patch}`,
    isOpenrsync,
    secludesArgs: since(3_000_000),
    hasInfo: since(3_001_000),
    hasMkpath: since(3_002_003),
    hasFsync: since(3_002_004),
  };
}

/** What the two together can do. */
export interface RsyncPair {
  readonly local: RsyncKind;
  readonly secludesArgs: boolean;
  readonly hasFsync: boolean;
  /** Says what it moved aside (3.1). */
  readonly listsBackups: boolean;
  /** Can be told to say which file it has put into place (3.1); rrsync forbids telling it. */
  readonly namesArrivals: boolean;
}

/** `far` is null where the account does not say: then only what rrsync lets through is used. */
export function pairOf(local: RsyncKind, far: RsyncKind | null): RsyncPair {
  return {
    local,
    secludesArgs: local.secludesArgs && far !== null && far.secludesArgs,
    hasFsync: local.hasFsync && far !== null && far.hasFsync,
    listsBackups: local.hasInfo && far !== null && far.hasInfo,
    namesArrivals: local.hasInfo && far !== null && far.hasInfo,
  };
}
