/** Files a template rendered, as paths below the run, whatever way the record writes them. */

/**
 * `./sub\metadata.txt` and `/data/lab/…/Run_x/sub/metadata.txt` are `sub/metadata.txt`. A path that
 * leads elsewhere names no file of this run and is left out.
 */
export function renderedBelow(files: readonly string[], homes: readonly string[]): string[] {
  const roots = homes.map((home) => home.replaceAll("\\", "/").replace(/\/+$/, ""));
  const below = files.map((file) => {
    const path = file.includes("/") ? file : file.replaceAll("\\", "/");
    const root = roots.find((home) => home !== "" && path.startsWith(`${home}/`));
    const relative = root === undefined ? path : path.slice(root.length + 1);
    const segments = relative.split("/").filter((segment) => segment !== "" && segment !== ".");
    return segments.includes("..") || relative.startsWith("/") ? "" : segments.join("/");
  });
  return [...new Set(below)].filter((path) => path !== "");
}
