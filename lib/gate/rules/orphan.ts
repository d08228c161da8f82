/** `orphan`: a project or run whose provenance is missing. */
import { gateRule } from "./rule.ts";

export const orphan = gateRule({
  id: "orphan",
  mayBeHard: false,
  title: "A folder without a record of what it is",
  why: "later nobody can say where the data came from",
  fix: "Give it records with `labferry run adopt`.",
  judges: {
    provenance: ({ name, level, hasCreation }) =>
      hasCreation ? null : {
        tier: "soft",
        token: name,
        detail: `a ${level} without .exlab-wizard/creation.json: nothing says what it is`,
      },
  },
});
