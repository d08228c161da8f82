/** `malformed_record`: a record that cannot be read; what was the matter is in the detail. */
import { gateRule } from "./rule.ts";

export const malformedRecord = gateRule({
  id: "malformed_record",
  mayBeHard: false,
  title: "A record that cannot be read",
  why: "what it says, overrides included, counts for nothing",
  fix: "Repair it by hand or restore it from a copy; `labferry record check FILE` says where.",
  judges: {
    record: ({ name, error }) =>
      error === null ? null : { tier: "soft", token: name, detail: error },
  },
});
