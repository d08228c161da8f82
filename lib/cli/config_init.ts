/** The first instrument of `config init`: by flags, or by questions where somebody sits in front. */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import {
  type FirstCompleteness,
  type FirstEquipment,
  type FirstIntake,
  type FirstTransport,
  osName,
} from "../config/mod.ts";
import type { CliContext } from "./context.ts";
import { parseDestination } from "./destination_address.ts";
import { type Ask, questions } from "./questions.ts";

export interface InitFlags {
  readonly service?: boolean;
  readonly equipment?: string;
  readonly label?: string;
  readonly localRoot?: string;
  readonly to?: string;
  readonly sshKey?: string;
  readonly sshPort?: number;
  readonly signal?: FirstCompleteness["signal"];
  readonly sentinel?: string;
  readonly manifest?: string;
  readonly quietMinutes?: number;
  readonly watch?: string;
  readonly project?: string;
  readonly existing?: FirstIntake["existing"];
}

const ID = /^[A-Z][A-Z0-9_]{0,31}$/;
const QUIET_MINUTES = 15;
const SENTINEL = "acquisition_complete.flag";
const MANIFEST = "run_manifest.json";
const NONE = "none";
const PROJECT = "Unsorted";

/**
 * Null where nothing was given and nobody can be asked: then the file has examples alone.
 *
 * @throws LabferryError `usage` for what is missing or cannot be
 */
export async function firstEquipment(
  context: CliContext,
  flags: InitFlags,
): Promise<FirstEquipment | null> {
  const { service: _, ...about } = flags;
  if (Object.keys(about).length > 0) return byFlags(flags);
  const isAsked = Deno.stdin.isTerminal() && Deno.stderr.isTerminal() && !context.options.json &&
    !context.options.quiet;
  if (!isAsked) return null;
  await using asking = questions(context);
  return await byQuestions(asking.ask);
}

function byFlags(flags: InitFlags): FirstEquipment {
  const { equipment: id, localRoot, to } = flags;
  const missing = id === undefined
    ? "--equipment"
    : localRoot === undefined
    ? "--local-root"
    : "--to";
  if (id === undefined || localRoot === undefined || to === undefined) {
    throw new LabferryError("usage", `config init needs ${missing}`, {
      why: "an instrument is given by --equipment, --local-root and --to together",
      hint:
        "see labferry config init --help; without any of them it asks, or writes examples alone",
    });
  }
  return equipmentOf({ ...flags, equipment: checkedId(id), localRoot, to });
}

async function byQuestions(ask: Ask): Promise<FirstEquipment> {
  const equipment = await ask({
    text: "The instrument's id (capital letters, digits and _; it never changes)",
    otherwise: idOf(hostname()),
    check: (answer) => checkedId(answer),
  });
  const label = await ask({ text: "Its name for people", otherwise: equipment });
  const localRoot = await ask({
    text: "The folder of its data (the instrument's own folder is below it)",
    otherwise: { linux: "/data/lab", darwin: "/Users/lab/data", windows: "D:/lab" }[osName()],
  });
  const to = await ask({
    text: "Where its runs go: a mounted folder, user@host:/path, or an rclone remote:path",
    check: (answer) => (parseDestination(answer, { sshKey: null, sshPort: 22 }), answer),
  });
  const isSsh = parseDestination(to, { sshKey: null, sshPort: 22 }).type === "rsync_ssh";
  const sshKey = isSsh
    ? await ask({
      text: "The private key for it (without a passphrase)",
      otherwise: "~/.ssh/id_ed25519",
    })
    : undefined;
  const signal = await ask({
    text: "How it says that a run is complete: sentinel_file, manifest, quiet_period, manual",
    otherwise: "quiet_period",
    check: checkedSignal,
  }) as FirstCompleteness["signal"];
  const detail = await askDetail(ask, signal);
  return equipmentOf({
    equipment,
    label,
    localRoot,
    to,
    signal,
    ...(sshKey === undefined ? {} : { sshKey }),
    ...detail,
    ...await askIntake(ask),
  });
}

/** Most instruments' software writes into a folder of its own, with years of data in it. */
async function askIntake(ask: Ask): Promise<InitFlags> {
  const watch = await ask({
    text: "A folder of its software in which each new folder is a run (none: there is no such)",
    otherwise: NONE,
  });
  if (watch === NONE) return {};
  const project = await ask({ text: "The project of those runs", otherwise: PROJECT });
  const existing = await ask({
    text: "What lies there already: all is taken too, or new_only leaves it alone",
    otherwise: "all",
    check: checkedExisting,
  });
  return { watch, project, existing: existing as FirstIntake["existing"] };
}

async function askDetail(ask: Ask, signal: FirstCompleteness["signal"]): Promise<InitFlags> {
  switch (signal) {
    case "sentinel_file":
      return { sentinel: await ask({ text: "The file that appears last", otherwise: SENTINEL }) };
    case "manifest":
      return {
        manifest: await ask({ text: "The file that lists the others", otherwise: MANIFEST }),
      };
    case "quiet_period": {
      const text = "Minutes without a change after which a run is complete";
      return {
        quietMinutes: Number(
          await ask({ text, otherwise: String(QUIET_MINUTES), check: checkedMinutes }),
        ),
      };
    }
    case "manual":
      return {};
  }
}

type Given = InitFlags & Required<Pick<InitFlags, "equipment" | "localRoot" | "to">>;

function equipmentOf(given: Given): FirstEquipment {
  const { equipment: id, label = id, localRoot, to, sshKey, sshPort = 22 } = given;
  const transport = parseDestination(to, { sshKey: sshKey ?? null, sshPort }) as FirstTransport;
  return {
    id,
    label,
    localRoot: localRoot.startsWith("~") ? localRoot : slashes(resolve(localRoot)),
    nasRoot: transport.type === "mount" ? slashes(transport.path) : to,
    completeness: completenessOf(given),
    intake: intakeOf(given),
    transport: transport.type === "mount"
      ? { type: "mount", path: slashes(transport.path) }
      : transport,
  };
}

function intakeOf({ watch, project = PROJECT, existing = "all" }: InitFlags): FirstIntake | null {
  if (watch === undefined) return null;
  return { watch: watch.startsWith("~") ? watch : slashes(resolve(watch)), project, existing };
}

function completenessOf(flags: InitFlags): FirstCompleteness {
  switch (flags.signal ?? "quiet_period") {
    case "sentinel_file":
      return { signal: "sentinel_file", filenames: [flags.sentinel ?? SENTINEL] };
    case "manifest":
      return { signal: "manifest", filename: flags.manifest ?? MANIFEST };
    case "quiet_period":
      return { signal: "quiet_period", quietMinutes: flags.quietMinutes ?? QUIET_MINUTES };
    case "manual":
      return { signal: "manual" };
  }
}

/** `D:\lab` is written `D:/lab`, which needs no care in YAML. */
function slashes(path: string): string {
  return Deno.build.os === "windows" ? path.replaceAll("\\", "/") : path;
}

function idOf(host: string): string {
  const id = host.split(".")[0]!.toUpperCase().replace(/[^A-Z0-9]+/g, "_").slice(0, 32);
  return ID.test(id) ? id : "INSTRUMENT_01";
}

function checkedId(id: string): string {
  if (ID.test(id)) return id;
  throw new LabferryError("usage", `${JSON.stringify(id)} is no id for an instrument`, {
    why: "it begins with a capital letter and has capital letters, digits and _, at most 32",
    hint: `for example ${idOf(id.replace(/^[^A-Za-z]+/, "")) || "CONFOCAL_01"}`,
  });
}

function checkedSignal(answer: string): string {
  if (["sentinel_file", "manifest", "quiet_period", "manual"].includes(answer)) return answer;
  throw new LabferryError("usage", `${JSON.stringify(answer)} is none of the four`);
}

function checkedExisting(answer: string): string {
  if (["all", "new_only"].includes(answer)) return answer;
  throw new LabferryError("usage", `${JSON.stringify(answer)} is neither all nor new_only`);
}

function checkedMinutes(answer: string): string {
  if (/^\d{1,5}$/.test(answer) && Number(answer) > 0) return answer;
  throw new LabferryError("usage", `${JSON.stringify(answer)} is no number of minutes`);
}
