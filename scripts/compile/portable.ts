/**
 * The portable artefact: Deno as it is and the bundled program, for sites that have an npm mirror and
 * not Deno's base runtime. For Linux and macOS one file, a shell script that unpacks what follows it;
 * for Windows a zip with a folder in it.
 */
import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import project from "../../deno.json" with { type: "json" };
import { permissionsOn, V8_FLAGS } from "../permissions.ts";
import { type Piece, piecesOf } from "./pieces.ts";
import { denoFor } from "./runtime.ts";
import { joined, tarOf } from "./tar.ts";
import type { Target } from "./targets.ts";
import { zipOf } from "./zip.ts";

const HERE = import.meta.dirname!;
const text = (value: string) => new TextEncoder().encode(value);

export interface Portable {
  /** Where the bundled program lies. */
  readonly programDir: string;
  /** How hard to compress, 1 to 9. */
  readonly level: number;
}

/** The bytes of the artefact for `target`. */
export async function makePortable(
  target: Target,
  { programDir, level }: Portable,
): Promise<Uint8Array<ArrayBuffer>> {
  const denoName = target.os === "windows" ? "deno.exe" : "deno";
  const pieces = await piecesOf({ deno: await denoFor(target), denoName, programDir });
  return target.os === "windows"
    ? zipOf([await commandFile(target), ...pieces], {
      top: `labferry-${project.version}`,
      level,
    })
    : await selfExtracting(target, { pieces, level });
}

async function commandFile(target: Target): Promise<Piece> {
  const filled = await template("labferry.cmd", {
    VERSION: project.version,
    FLAGS: [...permissionsOn(target.os), V8_FLAGS].join(" "),
  });
  return { name: "labferry.cmd", bytes: text(filled.replaceAll("\n", "\r\n")), executable: false };
}

async function selfExtracting(
  target: Target,
  { pieces, level }: { pieces: Piece[]; level: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const source = await Deno.readTextFile(join(HERE, "unpacked.ts"));
  const own = text(stripTypeScriptTypes(source));
  const listed = [...pieces, { name: "unpacked.js", bytes: own, executable: false }];
  const sums = listed.map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`).join("");
  const all = [{ name: "SHA256SUMS", bytes: text(sums), executable: false }, ...listed];
  const tar = tarOf(all);
  const payload = gzipSync(tar, { level });
  const fill = (offset: number) =>
    template("launcher.sh", {
      VERSION: project.version,
      TRIPLE: target.triple,
      OFFSET: String(offset),
      SHA256: sha256(payload),
      LISTING: listingOf(all),
      CACHE: target.os === "darwin" ? "Library/Caches/labferry" : ".cache/labferry",
      MEGABYTES: String(Math.ceil(tar.length / 1e6)),
      FLAGS: [...permissionsOn(target.os), V8_FLAGS].map((flag) => `'${flag}'`).join(" "),
    });
  // The script says where it ends itself.
  let script = text(await fill(0));
  for (let offset = 0; offset !== script.length + 1;) {
    offset = script.length + 1;
    script = text(await fill(offset));
  }
  return joined([script, payload]);
}

/** As the script has it from `ls -lna`: a line for each file and folder, in the order of bytes. */
function listingOf(pieces: readonly Piece[]): string {
  const lineOf = ({ name, bytes }: Piece): [string, string] => {
    const leaf = name.slice(name.lastIndexOf("/") + 1);
    return [leaf, `\n${bytes.length} ${leaf}`];
  };
  const within = (folder: boolean, more: [string, string][]) =>
    [...pieces.filter(({ name }) => name.startsWith("program/") === folder).map(lineOf), ...more]
      .sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line).join("");
  return within(false, [[".", "\n- ."], ["program", "\n- program"]]) +
    within(true, [[".", "\n- ."]]);
}

async function template(name: string, values: Record<string, string>): Promise<string> {
  const file = await Deno.readTextFile(join(HERE, name));
  return file.replaceAll(/@([A-Z0-9]+)@/g, (whole, key) => values[key] ?? whole);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
