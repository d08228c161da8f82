/**
 * What the demo's instruments write: files shaped like those of a confocal microscope, a flow
 * cytometer and a plate reader. Pixels and events are noise, which no link and no file system can
 * shrink, so that what is shown moving really moves.
 */
import { encodeUtf8 } from "../base/mod.ts";

/** What a file receives at once while the demo's instruments write it. */
export const CHUNK_BYTES = 1 << 20;
/** `getRandomValues` gives no more at once. */
const MOST_RANDOM_BYTES = 65_536;

export type Chunks = Iterable<Uint8Array<ArrayBuffer>>;

/** A plane as a TIFF reader would begin to read it: little-endian header, then the samples. */
export function* tiffPlane(sizeBytes: number): Chunks {
  const header = new Uint8Array([0x49, 0x49, 0x2a, 0x00, 0x08, 0x00, 0x00, 0x00]);
  yield header;
  yield* noise(sizeBytes - header.length);
}

/** Listmode data behind an FCS 3.1 header, whose numbers say where its parts begin and end. */
export function* fcsFile(sizeBytes: number, parameters: readonly string[]): Chunks {
  const text = ["", "$TOT", "100000", "$PAR", String(parameters.length)]
    .concat(parameters.flatMap((name, i) => [`$P${i + 1}N`, name])).join("/");
  const textStart = 256;
  const dataStart = textStart + text.length;
  const places = [textStart, dataStart - 1, dataStart, sizeBytes - 1, 0, 0];
  const header = `FCS3.1    ${places.map((place) => String(place).padStart(8)).join("")}`;
  const head = encodeUtf8(header.padEnd(textStart) + text);
  yield head;
  yield* noise(sizeBytes - head.length);
}

/** An OME-XML companion that names its planes. */
export function* omeXml(planes: readonly string[]): Chunks {
  yield encodeUtf8(`<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
  <Instrument ID="Instrument:0"><Microscope Manufacturer="Make-believe" Model="Confocal 1"/></Instrument>
  <Image ID="Image:0" Name="stack">
    <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="1024" SizeY="1024"
      SizeZ="${planes.length}" SizeC="2" SizeT="1" PhysicalSizeX="0.13" PhysicalSizeY="0.13">
${
    planes.map((name, z) =>
      `      <TiffData FirstZ="${z}"><UUID FileName="${name}">urn:uuid:${crypto.randomUUID()}</UUID></TiffData>`
    ).join("\n")
  }
    </Pixels>
  </Image>
</OME>
`);
}

/** A 96-well plate, one row a well. */
export function* plateCsv(cycle: number): Chunks {
  const rows = ["well,cycle,absorbance_450nm"];
  for (const row of "ABCDEFGH") {
    for (let column = 1; column <= 12; column++) {
      rows.push(`${row}${column},${cycle},${(Math.random() * 2).toFixed(4)}`);
    }
  }
  yield encodeUtf8(`${rows.join("\n")}\n`);
}

function* noise(sizeBytes: number): Chunks {
  const pool = noisePool();
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) {
    const start = Math.floor(Math.random() * CHUNK_BYTES);
    yield pool.subarray(start, start + Math.min(left, CHUNK_BYTES));
  }
}

let pool: Uint8Array<ArrayBuffer> | null = null;

/** Two chunks' worth, made once: another window of it each time differs from all before. */
function noisePool(): Uint8Array<ArrayBuffer> {
  if (pool) return pool;
  pool = new Uint8Array(2 * CHUNK_BYTES);
  for (let at = 0; at < pool.length; at += MOST_RANDOM_BYTES) {
    crypto.getRandomValues(pool.subarray(at, at + MOST_RANDOM_BYTES));
  }
  return pool;
}
