/** What a service does about what it finds at its start, before it takes up any work. */
import { join } from "node:path";
import { type Clock, uptimeMs } from "../base/mod.ts";
import { removeIfThere } from "../disk/mod.ts";
import { closeToOthers, endLeftovers, endOrphansOf, letUsersRead } from "../process/mod.ts";
import { readServerInfo, type StateDir } from "./state_dir.ts";

/**
 * Ends what an earlier service left running, and on Windows closes the state directory to other accounts:
 * nothing but its access list keeps them from the token, the queue and the signing key there.
 *
 * @returns sentences for the log
 */
export async function firstLooks(stateDir: StateDir, clock: Clock): Promise<string[]> {
  const { ended, unknown } = Deno.build.os === "windows"
    ? await endOrphans(stateDir, clock)
    : await endLeftovers(stateDir.tokenPrefix);
  return [
    ...(ended > 0 ? [`ended ${ended} programs that an earlier labferry left behind`] : []),
    ...(unknown ? [unknown] : []),
    ...(Deno.build.os === "windows" ? await closeStateDir(stateDir) : []),
  ];
}

/** A service that ended by itself took its `server.json` with it. */
async function endOrphans(
  stateDir: StateDir,
  clock: Clock,
): Promise<{ ended: number; unknown: string | null }> {
  const earlier = await readServerInfo(stateDir);
  if (earlier === null) return { ended: 0, unknown: null };
  const parent = { pid: earlier.pid, beganMs: Date.parse(earlier.started_at) };
  return await endOrphansOf(parent, { nowMs: clock.now().getTime(), upMs: uptimeMs() });
}

async function closeStateDir({ path, scratchDir, tokenFile }: StateDir): Promise<string[]> {
  const { why, strangers } = await closeToOthers(path, { scratch: scratchDir });
  if (why !== null) {
    return [
      `${path} could not be closed to other accounts of this computer, who may then take the token ` +
      `that allows changes: ${why}; see \`labferry doctor\``,
    ];
  }
  if (strangers.length === 0) return [];
  await removeIfThere(tokenFile);
  return [
    `${path} was open to other accounts (${
      strangers.join(", ")
    }) and is closed now; the token that ` +
    "allows changes is made anew, a signing key that lay there may have been read",
  ];
}

/** What people who may not change anything need to find the service; the rest is for its account. */
const OPEN_TO_USERS = ["server.json", "state_id", "daemon.lock"];

/** To be called whenever `server.json` was written: it is a new file, with the folder's rights. */
export async function showToUsers({ path }: StateDir): Promise<void> {
  if (Deno.build.os !== "windows") return;
  await letUsersRead(OPEN_TO_USERS.map((name) => join(path, name)));
}
