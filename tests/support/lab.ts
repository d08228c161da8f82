/**
 * A small lab in a temporary folder: a data root, a configuration, a state directory and a NAS per
 * equipment, reached by mount, rclone or rsync. Real files, real tools.
 *
 * `await using lab = await openLab({ equipment: { PLATE_01: "mount" } });`
 */
import { hostname } from "node:os";
import { type Config, loadConfig } from "../../lib/config/mod.ts";
import { openStateDir, type StateDir } from "../../lib/daemon/mod.ts";
import { newRun } from "../../lib/intake/mod.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";
import type { TestSshd } from "./sshd.ts";

export type RunFiles = Readonly<Record<string, string | Uint8Array>>;

export interface LabOptions {
  /** Equipment id → transport. @default {{ PLATE_01: "mount" }} */
  readonly equipment?: Readonly<Record<string, TransportType>>;
  /** Needed by `rsync_ssh`. */
  readonly sshd?: TestSshd;
  /** Other folders than the lab's own, e.g. small disks; each must exist. */
  readonly stateDir?: string;
  readonly farBases?: Readonly<Record<string, string>>;
  readonly dataRoot?: string;
  /** Roots of single equipments, where they are not `dataRoot`. */
  readonly dataRoots?: Readonly<Record<string, string>>;
  /** More YAML, for sections the lab does not write (`hooks:`, `logging:` …). */
  readonly moreYaml?: string;
  readonly maxParallel?: number;
  /** YAML of an equipment's completeness signal, a key a line. @default {`completeness_signal: manual`} */
  readonly signals?: Readonly<Record<string, readonly string[]>>;
  /** More keys of `sync`, e.g. `scan_seconds: 1`. */
  readonly syncYaml?: string;
  /** More YAML below every equipment's `transport`, e.g. `bandwidth: { upload_mbps: 8 }`. */
  readonly transportYaml?: string;
}

export interface RunOptions {
  readonly equipment?: string;
  readonly project?: string;
  /** @default {`Run_2026-04-17T14-32` and counting} */
  readonly leaf?: string;
}

export interface Lab extends AsyncDisposable {
  readonly path: string;
  join(...parts: string[]): string;
  readonly configFile: string;
  readonly config: Config;
  readonly stateDir: StateDir;
  /** The `local_root` of all equipment. */
  readonly dataRoot: string;
  /** For programs of this lab: where its rclone remote and its known hosts are. */
  readonly env: Readonly<Record<string, string>>;
  /** The destination's base as this machine's disk has it. */
  farBase(equipment: string): string;
  /** A run with its records, made as `run new` makes it. Files keep an old mtime. */
  makeRun(files: RunFiles, options?: RunOptions): Promise<string>;
  /** The run's folder at its destination. */
  farRun(runPath: string): string;
}

/** Written files get this time: nothing of a test depends on "now", and no file looks too fresh. */
const OLD = new Date("2026-04-17T14:32:11Z");

export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const { equipment = { PLATE_01: "mount" }, sshd } = options;
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-lab-"));
  const dataRoot = options.dataRoot ?? dir.join("data");
  await Deno.mkdir(dataRoot, { recursive: true });
  const farBase = (id: string) => options.farBases?.[id] ?? dir.join("nas", id);
  const configFile = await dir.write(
    "config.yaml",
    [
      "equipment:",
      ...Object.entries(equipment).flatMap(([id, type]) =>
        equipmentYaml(id, type, {
          dataRoot: options.dataRoots?.[id] ?? dataRoot,
          base: farBase(id),
          sshd,
          more: options.transportYaml,
          signal: options.signals?.[id] ?? ["completeness_signal: manual"],
        })
      ),
      `sync: { max_parallel: ${options.maxParallel ?? 2}${
        options.syncYaml ? `, ${options.syncYaml}` : ""
      } }`,
      "status: { port: 0 }",
      options.moreYaml ?? "",
    ].join("\n"),
  );
  const env = await labEnvironment(dir, sshd);
  const { config } = await loadConfig({ path: configFile, env });
  const stateDir = await openStateDir(options.stateDir ?? dir.join("state"));
  let leaves = 0;
  const kept = stack.move();
  return {
    path: dir.path,
    join: dir.join,
    configFile,
    config,
    stateDir,
    dataRoot,
    env,
    farBase,
    async makeRun(files, { equipment: id = config.equipment[0]!.id, project, leaf } = {}) {
      const minute = String(leaves++).padStart(2, "0");
      const { path } = await newRun({
        equipment: config.equipment.find((one) => one.id === id)!,
        project: project ?? "Cortex Q3",
        kind: "experimental",
        operator: "asmith",
        leaf: leaf ?? `Run_2026-04-17T14-${minute}`,
      });
      await writeFiles(path, files);
      return path;
    },
    farRun(runPath) {
      const [id, ...rest] = runPath.slice(dataRoot.length + 1).split(/[\\/]/);
      return [farBase(id!), ...rest].join("/");
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Writes files below a run, all with one old time. */
export async function writeFiles(runPath: string, files: RunFiles): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = `${runPath}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, bytesOf(content));
    await Deno.utime(path, OLD, OLD);
  }
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

function equipmentYaml(
  id: string,
  type: TransportType,
  where: {
    dataRoot: string;
    base: string;
    sshd: TestSshd | undefined;
    more: string | undefined;
    signal: readonly string[];
  },
): string[] {
  const { dataRoot, base, sshd, more, signal } = where;
  return [
    `  - id: ${id}`,
    `    label: ${id} on ${hostname()}`,
    `    local_root: ${JSON.stringify(dataRoot)}`,
    `    nas_root: ${JSON.stringify(base)}`,
    ...signal.map((line) => `    ${line}`),
    `    transport:`,
    ...transportYaml(type, base, sshd).map((line) => `      ${line}`),
    ...(more ? [`      ${more}`] : []),
  ];
}

function transportYaml(type: TransportType, base: string, sshd?: TestSshd): string[] {
  switch (type) {
    case "mount":
      return [`type: mount`, `path: ${JSON.stringify(base)}`];
    case "rclone":
      return [`type: rclone`, `rclone_remote: labnas`, `rclone_remote_path: ${base}`];
    case "rsync_ssh":
      if (!sshd) throw new TypeError("a lab with rsync_ssh needs an sshd");
      return [
        `type: rsync_ssh`,
        `ssh_target: ${sshd.user}@${sshd.host}`,
        `ssh_port: ${sshd.port}`,
        `ssh_key_path: ${JSON.stringify(sshd.keyPath)}`,
        `remote_path: ${JSON.stringify(base)}`,
      ];
  }
}

/**
 * rclone's remote comes from the environment. ssh has no setting for its known hosts there, so a
 * program before it on PATH names the lab's: the account's own file is nobody's business here.
 */
async function labEnvironment(dir: TempDir, sshd?: TestSshd): Promise<Record<string, string>> {
  const env: Record<string, string> = {
    ...Deno.env.toObject(),
    RCLONE_CONFIG_LABNAS_TYPE: "local",
    RCLONE_CONFIG: await dir.write("rclone.conf", ""),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
  if (!sshd) return env;
  const ssh = await dir.write(
    "bin/ssh",
    `#!/bin/sh\nexec /usr/bin/ssh -o UserKnownHostsFile='${sshd.knownHostsPath}' "$@"\n`,
  );
  await Deno.chmod(ssh, 0o755);
  return { ...env, PATH: `${dir.join("bin")}:${env.PATH ?? ""}` };
}
