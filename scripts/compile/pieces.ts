/** What a portable artefact is made of: Deno, the program in parts, and their names in it. */
import { join } from "node:path";

export interface Piece {
  /** Relative, with `/`; at most 99 ASCII characters, which is what a plain tar header holds. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly executable: boolean;
}

/** Deno under its own name and the bundle in `programDir` below `program/`, sorted by name. */
export async function piecesOf(
  { deno, denoName, programDir }: { deno: string; denoName: string; programDir: string },
): Promise<Piece[]> {
  const pieces: Piece[] = [
    { name: denoName, bytes: await Deno.readFile(deno), executable: true },
  ];
  for await (const { name } of Deno.readDir(programDir)) {
    const bytes = await Deno.readFile(join(programDir, name));
    pieces.push({ name: `program/${name}`, bytes, executable: false });
  }
  return pieces.sort((a, b) => (a.name < b.name ? -1 : 1));
}
