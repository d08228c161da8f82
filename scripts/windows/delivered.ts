/**
 * What a person on Windows gets: the zip of `deno task compile --portable`, unpacked below
 * `C:\Program Files`, and what it is for.
 */
import { join } from "node:path";
import type { Said, WinePlace } from "./place.ts";

export interface Finding {
  readonly what: string;
  /** Null when it went as it should. */
  readonly fault: string | null;
}

const TRIPLE = "x86_64-pc-windows-msvc";
const HOME = "root/.wine/drive_c/Program Files/labferry";
const RUN_BYTES = 60_000_000;

export async function tryDelivered(place: WinePlace): Promise<Finding[]> {
  await unpack(place);
  const findings: Finding[] = [];
  const look = async (what: string, fault: () => Promise<string | null>) => {
    findings.push({ what, fault: await fault() });
  };
  await look("says its version", async () => {
    const { text } = await labferry(place, ["--version"]);
    return /^\d+\.\d+\.\d+$/m.test(text) ? null : text;
  });
  await look("the demo ends verified", async () => {
    const { text, code, hung } = await labferry(place, ["demo", "--exit", "--port", "0"]);
    return code === 0 && !hung ? null : text.slice(-500);
  });
  await look("a folder goes to a UNC path", () => shipped(place, "D:\\run [1] & 50%", UNC));
  await look("killed in the middle of a transfer, it goes on", () => killed(place));
  return findings;
}

const UNC = "\\\\nas01\\lab\\inbox";

async function unpack(place: WinePlace): Promise<void> {
  const zip = place.outside("labferry.zip");
  await tool(Deno.execPath(), [
    ...["run", "-A", "scripts/compile.ts", "--portable", "--target", TRIPLE],
    ...["--level", "1", "--output", zip],
  ]);
  const unpacked = place.outside("unpacked");
  await tool("rm", ["-rf", unpacked, place.outside(HOME), ...["data", "nas"].map(place.outside)]);
  await Deno.mkdir(place.outside("data"));
  await tool("unzip", ["-q", zip, "-d", unpacked]);
  const [folder] = [...Deno.readDirSync(unpacked)];
  await Deno.mkdir(place.outside("nas/inbox"), { recursive: true });
  await tool("mv", [join(unpacked, folder!.name), place.outside(HOME)]);
}

/** Of this try alone: labferry knows a NAS again, and refuses one that has lost its mark. */
const STATE = ["--state-dir", "D:\\state"];

/** As a person types it: a command line of `cmd`, each argument in quotes. */
async function commandLine(place: WinePlace, args: readonly string[]): Promise<string[]> {
  const quoted = [...args, ...STATE].map((arg) => `"${arg.replaceAll("%", "%%")}"`).join(" ");
  const lines = ["@echo off", `"C:\\Program Files\\labferry\\labferry.cmd" ${quoted}`];
  await Deno.writeTextFile(place.outside("data/try.cmd"), `${lines.join("\r\n")}\r\n`);
  return ["cmd", "/c", "D:\\try.cmd"];
}

async function labferry(place: WinePlace, args: readonly string[]): Promise<Said> {
  return await place.run(await commandLine(place, args), { seconds: 180 });
}

/** Ships `from` (on D:), and compares what is over there by our own hand. */
async function shipped(place: WinePlace, from: string, to: string): Promise<string | null> {
  const leaf = from.slice(3);
  const here = place.outside(`data/${leaf}`);
  await Deno.mkdir(here, { recursive: true });
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  await Deno.writeFile(`${here}/Größe.tif`, bytes);
  const { text } = await labferry(place, ["ship", from, "--to", to, "--init-destination"]);
  const there = await readOrNull(place.outside(`nas/inbox/${leaf}/Größe.tif`));
  if (there === null) return `it is not there: ${text}`;
  return there.every((byte, i) => byte === bytes[i]) ? null : "other bytes are there";
}

async function killed(place: WinePlace): Promise<string | null> {
  const here = place.outside("data/big");
  await Deno.mkdir(here, { recursive: true });
  const bytes = new Uint8Array(RUN_BYTES).map((_, i) => i % 251);
  await Deno.writeFile(`${here}/big.dat`, bytes);
  const ship = ["ship", "D:\\big", "--to", UNC, "--init-destination"];
  const child = place.start(await commandLine(place, ship));
  const far = place.outside("nas/inbox/big");
  const end = performance.now() + 60_000;
  while (performance.now() < end && !await hasBegun(far)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await place.endAll();
  await child.output();
  const finished = await readOrNull(`${far}/.exlab-wizard/checksums.sha256`);
  if (finished !== null) return "it had ended before it was killed: nothing was shown";
  const { text } = await labferry(place, ship);
  const there = await readOrNull(`${far}/big.dat`);
  return there?.length === RUN_BYTES && there.every((byte, i) => byte === i % 251) ? null : text;
}

/** Something of the run is over there, under whatever name. */
async function hasBegun(far: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(far)) if (name !== ".exlab-wizard") return true;
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function tool(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: join(import.meta.dirname!, "../.."),
    stdin: "null",
  }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
}
