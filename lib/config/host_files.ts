/** A folder of many PCs' configurations: `common.yaml`, and `hosts/<hostname>.yaml` for each. */
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { LabferryError, messageOf } from "../base/mod.ts";
import { entriesOf, isThere, statOrNull } from "../disk/mod.ts";
import type { Layer } from "./layered_tree.ts";
import { readConfigText } from "./source.ts";

const COMMON = /^common\.ya?ml$/i;
const HOSTS = "hosts";

/** Short and in lower case: a domain that comes and goes with the network is no other computer. */
export function shortHost(name = hostname()): string {
  return name.split(".")[0]!.toLowerCase();
}

/** Any other folder is no configuration. */
export async function isConfigFolder(path: string): Promise<boolean> {
  if (!(await statOrNull(path))?.isDirectory) return false;
  return await isThere(join(path, HOSTS)) ||
    (await namesIn(path)).some((name) => COMMON.test(name));
}

/** Null, or what to say to somebody who names the common file of a folder as if it were all. */
export async function asOneFile(path: string): Promise<string | null> {
  const isCommon = COMMON.test(basename(path)) && await isThere(join(dirname(path), HOSTS));
  return isCommon
    ? `${path} is what the computers of its folder have in common: name the folder, or no computer's own file is read`
    : null;
}

/** A folder without the two, read as a configuration. */
export function noConfigFolder(path: string): LabferryError {
  return new LabferryError("config_unreadable", `the configuration ${path} cannot be read`, {
    path,
    why: `it is a folder, and has neither common.yaml nor ${HOSTS}/ in it`,
    hint: basename(path).toLowerCase() === HOSTS
      ? "name the folder above it"
      : "name a file, or the folder of many computers' files",
  });
}

export interface HostNames {
  /** Every host that has a file, in order; one that has two stands twice. */
  readonly hosts: readonly string[];
  /** What lies beside them and is nobody's configuration: an editor's copy, `flow-pc.yaml.txt`. */
  readonly nobodys: readonly string[];
}

export async function hostsIn(folder: string): Promise<HostNames> {
  const names = await namesIn(join(folder, HOSTS));
  return {
    hosts: names.filter(isHostFile).map(hostOf).toSorted(),
    nobodys: names.filter((name) => !isHostFile(name) && !name.startsWith(".")).toSorted(),
  };
}

/**
 * Lowest first.
 * @throws LabferryError `config_missing` for a host without a file, or where there are two of one;
 * `config_unreadable`
 */
export async function layersOf(folder: string, host = shortHost()): Promise<Layer[]> {
  const hosts = join(folder, HOSTS);
  const names = await namesIn(hosts);
  const own = names.filter((name) => isHostFile(name) && hostOf(name) === host);
  if (own.length !== 1) {
    throw new LabferryError("config_missing", `there is no configuration for ${host}`, {
      path: folder,
      why: own.length > 1
        ? `${own.join(" and ")} are both its own`
        : `${join(hosts, `${host}.yaml`)} is not there`,
      hint: "the file of each computer is called like its host name, short and in lower case",
    });
  }
  const common = (await namesIn(folder)).filter((name) => COMMON.test(name));
  if (common.length > 1) {
    throw new LabferryError("config_missing", `it is not clear what ${folder} has in common`, {
      path: folder,
      why: `${common.toSorted().join(" and ")} are both there`,
      hint: "leave one of them, called common.yaml",
    });
  }
  const files = [...common.map((name) => join(folder, name)), join(hosts, own[0]!)];
  return await Promise.all(files.map(async (file) => ({ file, text: await readConfigText(file) })));
}

/** Empty for a folder that is not there. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await isThere(folder) ? (await entriesOf(folder)).map(({ name }) => name) : [];
  } catch (error) {
    throw new LabferryError("config_unreadable", `the folder ${folder} cannot be read`, {
      path: folder,
      why: messageOf(error),
      hint: "see that the share is mounted, and that this account may read there",
      cause: error,
    });
  }
}

/** A hidden one is a file system's or an editor's: a Mac leaves `._flow-pc.yaml` on a share. */
function isHostFile(name: string): boolean {
  return /\.ya?ml$/i.test(name) && !name.startsWith(".");
}

function hostOf(name: string): string {
  return shortHost(basename(name).replace(/\.ya?ml$/i, ""));
}
