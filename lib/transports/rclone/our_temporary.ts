/** The names of what this transport leaves over there for a moment; a kill may leave it for good. */

/** At most 15 characters are allowed; told apart from another program's `.partial`. */
export const OUR_TEMPORARY_SUFFIX = ".ferry-part";

/** rclone 1.65 and newer write `<name>.<8 letters>.ferry-part` and rename; probes end so too. */
export function isOurTemporary(path: string): boolean {
  return path.endsWith(OUR_TEMPORARY_SUFFIX);
}
