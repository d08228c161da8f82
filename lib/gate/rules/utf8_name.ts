/** `invalid_utf8_name`: a name whose bytes are no text, so no record can hold it. */
import type { Hit } from "../finding.ts";

/** `shown` is the name as the runtime gives it, with U+FFFD for each byte that is no text. */
export function invalidUtf8Name(shown: string): Hit {
  return {
    rule: "invalid_utf8_name",
    tier: "hard",
    token: shown,
    detail: "the name's bytes are not UTF-8; what cannot be read is shown as \uFFFD",
  };
}
