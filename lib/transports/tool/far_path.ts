/** Far paths as text: relative to the base, `/` between segments, `""` for the base itself. */
import { LabferryError } from "../../base/mod.ts";

/** @throws {LabferryError} `path_outside` for a path that is absolute, or leads up or nowhere */
export function requireBelow(path: string): void {
  const isOdd = (part: string) => ["", ".", ".."].includes(part) || part.includes("\0");
  if (!path.split("/").some(isOdd)) return;
  throw new LabferryError("path_outside", `${JSON.stringify(path)} is no path below a base`, {
    path,
  });
}

/**
 * A far path in the place's own terms.
 *
 * @throws {LabferryError} `path_outside`: none leads out of the base
 */
export function pathBelow(base: string, farPath: string): string {
  if (farPath !== "") requireBelow(farPath);
  return inFolder(base, farPath);
}

/** `name` in `folder`; either may be empty, and is then left out. */
export function inFolder(folder: string, name: string): string {
  if (name === "") return folder;
  return folder === "" || folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** `a/b/c` → `a/b`; `""` for what lies at the base. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** `a/b/c` → `c` */
export function leafOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Every folder on its way and the path itself, shortest first; nothing for the base. */
export function wayTo(path: string): string[] {
  if (path === "") return [];
  const way = [];
  for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
    way.push(path.slice(0, cut));
  }
  way.push(path);
  return way;
}
