/** Which rclone this is: its flags differ over the versions. */

export interface RcloneVersion {
  readonly major: number;
  readonly minor: number;
}

/** Oldest version with everything used here (`lsjson --stat`, connection strings). */
export const OLDEST: RcloneVersion = { major: 1, minor: 56 };

/** `rclone v1.60.1-DEV`, the first line of `rclone version`; null for anything else. */
export function readVersion(text: string): RcloneVersion | null {
  const match = /^rclone v(\d+)\.(\d+)/m.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : null;
}

export function isAtLeast(version: RcloneVersion, minor: number): boolean {
  return version.major > 1 || (version.major === 1 && version.minor >= minor);
}
