/** `labferry doctor`: looks at everything, changes nothing; exit code 1 when something is at fault. */
import { join } from "node:path";
import { counted, LabferryError, randomId, systemClock } from "../base/mod.ts";
import { homeOf, loadConfig, osName } from "../config/mod.ts";
import { createTransport, whoElseLooksAfter } from "../daemon/mod.ts";
import { DiskPool } from "../disk/mod.ts";
import { examine, type Line, type Patient } from "../doctor/mod.ts";
import { Queue } from "../queue/mod.ts";
import type { CliContext } from "./context.ts";
import { isService, stateDirOf } from "./settings.ts";
import { visible } from "./table.ts";

interface Typed {
  readonly wait: number;
  readonly probe: boolean;
  readonly exlabWizard?: string;
}

const WORDS = { ok: "ok", warning: "WARNING", fault: "FAULT" } as const;
/** Threads that a share may keep for ever, and some that go on. */
const THREADS = 8;

export async function doctor(context: CliContext, typed: Typed): Promise<void> {
  const state = await stateDirOf(context, { reading: true });
  using pool = new DiskPool({ threads: THREADS });
  const loaded = await loadedOrWhy(context);
  const { lines, hangs } = await examine({
    loaded,
    statePath: state.path,
    tokenPrefix: state.tokenPrefix || randomId(),
    peerConfigs: typed.exlabWizard === undefined ? usualPeerConfigs(context) : [typed.exlabWizard],
    env: context.env,
    clock: systemClock,
    pool,
    transportOf: ({ transport }) => createTransport(transport),
    provenBytes: () => Promise.resolve(provenBytesIn(state.queueFile)),
    whoElseLooksAfter: (id) =>
      "config" in loaded
        ? whoElseLooksAfter(id, { config: loaded.config, stateDir: state, clock: systemClock })
        : Promise.resolve(null),
    waitMs: typed.wait * 1_000,
    probes: typed.probe,
  }, context.signal);
  const count = (level: Line["level"]) => lines.filter((line) => line.level === level).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  if (faults > 0) context.exitCode = 1;
  if (context.options.json) {
    context.printJson({ ok: faults === 0, faults, warnings, lines });
  } else {
    for (const line of lines) context.print(textOf(line));
    context.print(`\n${counted(faults, "fault")}, ${counted(warnings, "warning")}`);
  }
  // What hangs in the system would keep this process until the share comes back.
  if (hangs) Deno.exit(context.exitCode);
}

/** A queue that is none yet, or cannot be read, has checks of its own. */
function provenBytesIn(queueFile: string): number | null {
  try {
    using queue = Queue.open(queueFile, { readOnly: true });
    return queue.storage.provenBytes();
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}

/** A configuration that cannot be used is the first thing to be said, not the end of the look. */
async function loadedOrWhy({ options, env }: CliContext): Promise<Patient["loaded"]> {
  try {
    return await loadConfig({ path: options.config, env, isService: isService() });
  } catch (error) {
    if (error instanceof LabferryError) return error;
    throw error;
  }
}

/** Where a Python program of that name keeps its settings on each system. */
function usualPeerConfigs({ env }: CliContext): string[] {
  const os = osName();
  const home = homeOf(os, env);
  const folders = {
    linux: [env.XDG_CONFIG_HOME ?? (home && join(home, ".config")), "/etc"],
    darwin: [home && join(home, "Library/Application Support"), "/Library/Application Support"],
    windows: [env.LOCALAPPDATA, env.APPDATA, env.PROGRAMDATA],
  }[os];
  return folders.flatMap((folder) =>
    folder ? ["exlab-wizard", "ExLab-Wizard"].map((name) => join(folder, name, "config.yaml")) : []
  );
}

function textOf(line: Line): string {
  const about = line.about === null ? "" : ` ${line.about}`;
  const first = `${WORDS[line.level].padEnd(8)}${line.check}${about}: ${line.message}`;
  const text = line.level === "ok" ? first : `${first} [${line.code}]\n        hint: ${line.hint}`;
  return text.split("\n").map(visible).join("\n");
}
