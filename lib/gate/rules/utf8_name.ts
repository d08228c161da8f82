/** `invalid_utf8_name`: a name whose bytes are no text, so no record can hold it. */
import { gateRule } from "./rule.ts";

export const invalidUtf8Name = gateRule({
  id: "invalid_utf8_name",
  mayBeHard: true,
  title: "A name that is no text",
  why: "no record and no manifest can hold it",
  fix: "Rename it, for example with convmv or by its inode (find . -inum N -exec mv).",
  judges: {
    garbled: (shown) => ({
      tier: "hard",
      token: shown,
      detail: "the name's bytes are not UTF-8; what cannot be read is shown as \uFFFD",
    }),
  },
});
