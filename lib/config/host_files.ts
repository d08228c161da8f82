/** A folder of many PCs' configurations: `common.yaml`, and `hosts/<hostname>.yaml` for each. */
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { entriesOf, isThere, statOrNull } from "../disk/mod.ts";
import type { Layer } from "./layered_tree.ts";
import { readConfigText } from "./source.ts";

const COMMON = "common.yaml";
const HOSTS = "hosts";

/** Short and in lower case: a domain that comes and goes with the network is no other computer. */
export function shortHost(name = hostname()): string {
  return name.split(".")[0]!.toLowerCase();
}

/** Any other folder is no configuration. */
export async function isConfigFolder(path: string): Promise<boolean> {
  if (!(await statOrNull(path))?.isDirectory) return false;
  return await isThere(join(path, HOSTS)) || await isThere(join(path, COMMON));
}

/** Every host that has a file, in order. */
export async function hostsIn(folder: string): Promise<string[]> {
  const hosts = join(folder, HOSTS);
  if (!await isThere(hosts)) return [];
  const names = (await entriesOf(hosts)).map(({ name }) => name);
  return names.filter((name) => /\.ya?ml$/i.test(name)).map(hostOf).toSorted();
}

/**
 * Lowest first.
 * @throws LabferryError `config_missing` for a host without a file, or with two
 */
export async function layersOf(folder: string, host = shortHost()): Promise<Layer[]> {
  const hosts = join(folder, HOSTS);
  const names = await isThere(hosts) ? (await entriesOf(hosts)).map(({ name }) => name) : [];
  const own = names.filter((name) => /\.ya?ml$/i.test(name) && hostOf(name) === host);
  if (own.length !== 1) {
    throw new LabferryError("config_missing", `there is no configuration for ${host}`, {
      path: folder,
      why: own.length > 1
        ? `${own.join(" and ")} are both its own`
        : `${join(hosts, `${host}.yaml`)} is not there`,
      hint: "the file of each computer is called like its host name, short and in lower case",
    });
  }
  const common = join(folder, COMMON);
  const files = [...await isThere(common) ? [common] : [], join(hosts, own[0]!)];
  return await Promise.all(files.map(async (file) => ({ file, text: await readConfigText(file) })));
}

function hostOf(name: string): string {
  return shortHost(basename(name).replace(/\.ya?ml$/i, ""));
}
