/** Names that Windows' own file functions change or refuse (learn.microsoft.com, "Naming Files"). */

const RESERVED = /^(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])(\..*)?$/i;

/** Why a file of that relative path cannot be carried byte for byte; null when it can. */
export function refusalOnWindows(path: string): string | null {
  for (const segment of path.split("/")) {
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    const refused = /[\u0000-\u001f<>:"\\|?*]/.exec(segment);
    if (refused) return `Windows has no ${JSON.stringify(refused[0])} in names`;
    if (/[. ]$/.test(segment)) return "Windows drops a dot or space at the end of a name";
    if (RESERVED.test(segment)) return `"${segment}" is a device on Windows`;
  }
  return null;
}
