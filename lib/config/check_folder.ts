/** Every computer's configuration in a folder, before anything is rolled out: each by itself, and all together. */
import { basename, dirname, join } from "node:path";
import { LabferryError, overlap } from "../base/mod.ts";
import { statOrNull } from "../disk/mod.ts";
import { checkLayers } from "./check.ts";
import type { Config, Equipment } from "./config.ts";
import { hostsIn, layersOf } from "./host_files.ts";
import { osName, type Whereabouts } from "./paths.ts";
import { problemLine } from "./problems.ts";
import { locationOf } from "./transports/mod.ts";

export interface HostVerdict {
  readonly host: string;
  /** A line each; empty for a good one. */
  readonly problems: readonly string[];
  readonly notices: readonly string[];
  readonly equipment: readonly string[];
}

export interface FolderVerdict {
  readonly folder: string;
  readonly hosts: readonly HostVerdict[];
  /** What two hosts must not both have; a line each. */
  readonly together: readonly string[];
  /** Names in `hosts/` that no computer reads. */
  readonly nobodys: readonly string[];
}

/** @throws LabferryError `config_missing` for a folder without a host's file */
export async function checkFolder(
  folder: string,
  { env, os = osName() }: Pick<Whereabouts, "env"> & Partial<Pick<Whereabouts, "os">>,
): Promise<FolderVerdict> {
  const { hosts: names, nobodys } = await hostsIn(folder);
  if (names.length === 0) throw await nobodysFolder(folder, nobodys);
  const hosts: HostVerdict[] = [];
  const good: Owner[] = [];
  for (const host of [...new Set(names)]) {
    const { verdict, config } = await checkHost(folder, { host, env, os });
    hosts.push(verdict);
    good.push(...config?.equipment.map((equipment) => ({ host, equipment })) ?? []);
  }
  return { folder, hosts, together: [...sameIds(good), ...sameBases(good)], nobodys };
}

async function nobodysFolder(folder: string, nobodys: readonly string[]): Promise<LabferryError> {
  const stat = await statOrNull(folder);
  const isAbove = basename(folder).toLowerCase() === "hosts" && stat?.isDirectory;
  const beside = nobodys.length === 0 ? "" : `; what is there is called ${nobodys.join(", ")}`;
  return new LabferryError("config_missing", `there is no computer's configuration in ${folder}`, {
    path: folder,
    why: stat === null
      ? "it is not there"
      : stat.isDirectory
      ? `${join(folder, "hosts")} has no .yaml file${beside}`
      : "it is a file",
    hint: isAbove
      ? `name the folder above it: ${dirname(folder)}`
      : "name the folder in which each computer has hosts/<hostname>.yaml",
  });
}

interface Owner {
  readonly host: string;
  readonly equipment: Equipment;
}

async function checkHost(
  folder: string,
  { host, ...where }: Pick<Whereabouts, "env" | "os"> & { readonly host: string },
): Promise<{ readonly verdict: HostVerdict; readonly config: Config | null }> {
  try {
    const layers = await layersOf(folder, host);
    const judged = checkLayers(layers, { ...where, file: layers.at(-1)!.file });
    const problems = judged.problems.map(problemLine);
    const equipment = judged.config?.equipment.map(({ id }) => id) ?? [];
    const { notices, config } = judged;
    return { verdict: { host, problems, notices, equipment }, config };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    const verdict = { host, problems: [error.message], notices: [], equipment: [] };
    return { verdict, config: null };
  }
}

/** The id names the instrument's runs at the NAS, in reports and in monitoring. */
function sameIds(all: readonly Owner[]): string[] {
  const firstOf = new Map<string, string>();
  return all.flatMap(({ host, equipment: { id } }) => {
    const first = firstOf.get(id) ?? host;
    firstOf.set(id, first);
    return first === host ? [] : [`${id} is an equipment of ${first} and of ${host}`];
  });
}

/**
 * As they are written: where two computers mount one share at different places, each destination's own
 * mark tells them apart later.
 */
function sameBases(all: readonly Owner[]): string[] {
  const fold = (path: string) => path;
  const bases = all.map(({ equipment }) => locationOf(equipment.transport, fold));
  return all.flatMap(({ host, equipment }, i) => {
    const other = all.findIndex((one, j) =>
      j < i && one.host !== host && one.equipment.id !== equipment.id &&
      bases[j]!.host === bases[i]!.host && overlap(bases[j]!.names, bases[i]!.names)
    );
    if (other < 0) return [];
    const { host: theirs, equipment: { id } } = all[other]!;
    return [
      `${equipment.id} of ${host} has the destination of ${id} of ${theirs}, or one nested with it`,
    ];
  });
}
