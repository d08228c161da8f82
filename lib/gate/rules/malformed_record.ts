/** `malformed_record`: a record that cannot be read; what was the matter is in the detail. */
import type { Hit } from "../finding.ts";

export function malformedRecord(fileName: string, error: string): Hit {
  return { rule: "malformed_record", tier: "soft", token: fileName, detail: error };
}
