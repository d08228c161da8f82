/** A computer with a name of its own: a real service in a namespace, its disk a folder beside the NAS. */
import type { TempDir } from "../support/temp_dir.ts";
import { DENO_DIR, PROGRAM } from "../support/program.ts";

export interface Computer extends AsyncDisposable {
  readonly folder: string;
  /** Everything of it, at this instant; its disk goes with it. */
  pullThePlug(): Promise<void>;
}

export async function startComputer(
  dir: TempDir,
  host: string,
  equipment: string,
): Promise<Computer> {
  const folder = dir.join(host);
  await Deno.mkdir(`${folder}/data`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/config.yaml`,
    `equipment:
  - id: ${equipment}
    label: ${equipment}
    local_root: ${folder}/data
    nas_root: ${dir.join("nas")}
    completeness_signal: manual
    transport: { type: mount, path: ${dir.join("nas", equipment)} }
fleet: { heartbeat_seconds: 0.5 }
status: { port: 0 }
`,
  );
  const labferry = `exec "$DENO" ${
    PROGRAM.join(" ")
  } --config "$PC/config.yaml" --state-dir "$PC/state"`;
  const child = new Deno.Command("unshare", {
    args: [
      "--uts",
      "sh",
      "-c",
      `hostname ${host} && (${labferry} destination init) >&2 && ${labferry} daemon`,
    ],
    env: { DENO: Deno.execPath(), PC: folder, HOME: folder, DENO_DIR, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isOver = false;
  const kill = async () => {
    if (isOver) return;
    isOver = true;
    child.kill("SIGKILL");
    await child.status;
  };
  return {
    folder,
    async pullThePlug() {
      await kill();
      await Deno.remove(folder, { recursive: true });
    },
    [Symbol.asyncDispose]: kill,
  };
}
