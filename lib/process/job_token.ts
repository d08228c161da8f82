/**
 * The mark by which labferry knows its own child processes again after a crash. It is inherited by
 * whatever a tool starts.
 */
export const JOB_VARIABLE = "LABFERRY_JOB";

const SEPARATOR = ":";

/**
 * `<part>:<part>:…`, from the general to the particular (state directory, job, step), so that a
 * beginning of it names all that belongs together.
 *
 * @throws RangeError when a part is empty or holds a colon, white space or a control character
 */
export function jobToken(...parts: readonly string[]): string {
  for (const part of parts) {
    // deno-lint-ignore no-control-regex -- control characters are what must not be in it
    if (part === "" || /[:\s\x00-\x1f\x7f]/.test(part)) {
      throw new RangeError(`a part of a job token may not be ${JSON.stringify(part)}`);
    }
  }
  return parts.join(SEPARATOR);
}

/** True when `prefix` is the whole token or its first parts: `a:1` does not begin `a:12`. */
export function tokenBegins(token: string, prefix: string): boolean {
  const whole = prefix.endsWith(SEPARATOR) ? prefix : `${prefix}${SEPARATOR}`;
  return token === prefix || token.startsWith(whole);
}
