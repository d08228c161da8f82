/** The files of a life's queue, on the real disk. */
import { basename, dirname } from "node:path";

/** With what was put aside of it; and with the copy that somebody keeps, unless that is to stay. */
export function removeQueue(
  file: string,
  { keepsCopy = false }: { readonly keepsCopy?: boolean } = {},
): void {
  const folder = dirname(file);
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (!name.startsWith(basename(file)) || (keepsCopy && name.endsWith(".kept"))) continue;
    Deno.removeSync(`${folder}/${name}`);
  }
}
