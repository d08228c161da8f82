/** `unsupported_file_type`: what would not arrive as what it is. */
import { gateRule } from "./rule.ts";

export const unsupportedFileType = gateRule({
  id: "unsupported_file_type",
  mayBeHard: true,
  title: "Not a file and not a folder",
  why: "it would not arrive as what it is",
  fix: "Replace the link by what it points to, remove it, or set validator.symlinks to skip.",
  judges: {
    special({ name, kind }, { symlinks }) {
      const skipped = kind === "symlink" && symlinks === "skip";
      return {
        tier: skipped ? "soft" : "hard",
        token: name,
        detail: skipped
          ? "a symlink: it stays here, as the settings say, and is never deleted"
          : `a ${kind}: it would not arrive on the NAS`,
      };
    },
  },
});
