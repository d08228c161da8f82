/**
 * What a configuration names and this computer does not have: a warning each. None of them is an
 * error of the file: a disk may be unplugged, and the service may run as another account.
 */
import type { Config, Equipment } from "../config/mod.ts";
import { isThere } from "../disk/mod.ts";
import { runTool } from "../process/mod.ts";
import { watchedWarnings } from "./watched_places.ts";

const RCLONE_LIMIT_MS = 15_000;

export async function missingPlaces(config: Config, signal: AbortSignal): Promise<string[]> {
  const warnings: string[] = [];
  let remotes: Set<string> | null | undefined;
  for (const equipment of config.equipment) {
    const { id, localRoot, transport } = equipment;
    if (!await isThere(localRoot)) {
      warnings.push(
        `${id}: local_root ${localRoot} is not there: no run is found below it; make the folder, or mount its disk`,
      );
    }
    warnings.push(...await watchedWarnings(equipment));
    if (transport.type === "rclone" && needsSection(transport.remote)) {
      remotes ??= await rcloneRemotes(signal);
      const problem = remoteProblem(transport.remote, remotes);
      if (problem !== null) warnings.push(`${id}: ${problem}`);
    } else warnings.push(...await farWarnings(equipment));
  }
  return warnings;
}

async function farWarnings({ id, transport }: Equipment): Promise<string[]> {
  if (transport.type === "mount" && !await isThere(transport.path)) {
    return [
      `${id}: destination ${transport.path} is not there: mount it, then labferry destination init ${id}`,
    ];
  }
  if (
    transport.type === "rsync_ssh" && transport.keyPath !== null &&
    !await isThere(transport.keyPath)
  ) {
    return [`${id}: ssh_key_path ${transport.keyPath} is not there: ssh cannot log in with it`];
  }
  return [];
}

function remoteProblem(remote: string, known: Set<string> | null): string | null {
  if (known === null) {
    return "rclone could not be asked for its remotes: is it installed?";
  }
  if (known.has(remote) || Deno.env.get(typeVariable(remote)) !== undefined) return null;
  return `rclone has no remote called ${remote}: \`rclone listremotes\` shows what there is`;
}

/** A remote that is written out (`:sftp,host=…:`) needs no section. */
function needsSection(remote: string): boolean {
  return !remote.startsWith(":");
}

/** A remote may live in the environment alone. */
function typeVariable(remote: string): string {
  return `RCLONE_CONFIG_${remote.toUpperCase().replaceAll("-", "_")}_TYPE`;
}

/** Null when there is no rclone that answers. */
async function rcloneRemotes(signal: AbortSignal): Promise<Set<string> | null> {
  const outcome = await runTool({
    command: "rclone",
    args: ["listremotes"],
    timeoutMs: RCLONE_LIMIT_MS,
    signal,
  });
  if (outcome.kind !== "exited" || outcome.code !== 0) return null;
  const lines = outcome.stdout.split(/\r?\n/).filter((line) => line.endsWith(":"));
  return new Set(lines.map((line) => line.slice(0, -1)));
}
