/** `malformed_yaml_front_matter`: opened with `---` and never closed. */
import { gateRule } from "./rule.ts";

export const unclosedFrontMatter = gateRule({
  id: "malformed_yaml_front_matter",
  mayBeHard: false,
  title: "A front matter that is never closed",
  why: "its values cannot be found by programs",
  fix: "Put a line of --- after its last value.",
  judges: {
    frontMatter: {
      opens: "-",
      judge: ({ kind }) =>
        kind !== "unclosed" ? null : {
          tier: "soft",
          token: "---",
          detail: "line 1 opens a front matter that no later line of --- closes",
        },
    },
  },
});
