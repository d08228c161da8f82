/** `path_too_long`: longer than the destination takes. */
import { gateRule } from "./rule.ts";

/** The longest name file systems and shares take, in bytes. */
const MAX_NAME_BYTES = 255;

export const pathTooLong = gateRule({
  id: "path_too_long",
  mayBeHard: false,
  title: "A path longer than the destination takes",
  why: "it may not be possible to write or open it there",
  fix: "Shorten the names of the file or of the folders above it.",
  judges: {
    path({ name, nameBytes, pathBytes }, { maxPath }) {
      const detail = nameBytes > MAX_NAME_BYTES
        ? `the name has ${nameBytes} bytes; ${MAX_NAME_BYTES} are allowed`
        : pathBytes > maxPath
        ? `the path has ${pathBytes} bytes; ${maxPath} are allowed`
        : null;
      return detail === null ? null : { tier: "soft", token: name, detail };
    },
  },
});
