/** exFAT and FAT have no hard links, many shares neither; they say so in many ways. */
const SAYS_NO = ["EPERM", "EACCES", "ENOTSUP", "ENOSYS", "EMLINK", "EINVAL", "EXDEV"];

/** True for the error name of a `link` that means "not here"; a place that is lost is another matter. */
export function hasNoHardLinks(errno: string | null): boolean {
  return errno !== null && SAYS_NO.includes(errno);
}
