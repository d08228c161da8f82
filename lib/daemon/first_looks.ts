/** What a service does about what it finds at its start, before it takes up any work. */
import { closeToOthers, endLeftovers, endOrphansOf } from "../process/mod.ts";
import { readServerInfo, type StateDir } from "./state_dir.ts";

/** Ends what an earlier service left running; sentences for the log. */
export async function endEarlierTools(stateDir: StateDir): Promise<string[]> {
  const { ended, unknown } = Deno.build.os === "windows"
    ? await endOrphans(stateDir)
    : await endLeftovers(stateDir.tokenPrefix);
  return [
    ...(ended > 0 ? [`ended ${ended} programs that an earlier labferry left behind`] : []),
    ...(unknown ? [unknown] : []),
  ];
}

/** A service that ended by itself took its `server.json` with it. */
async function endOrphans(stateDir: StateDir): Promise<{ ended: number; unknown: string | null }> {
  const earlier = await readServerInfo(stateDir);
  if (earlier === null) return { ended: 0, unknown: null };
  // Whoever writes the file has run for some seconds by then.
  const beganMs = Date.parse(earlier.started_at) - STARTS_WITHIN_MS;
  return await endOrphansOf({ pid: earlier.pid, beganMs });
}

const STARTS_WITHIN_MS = 5 * 60_000;

/** What people who may not change anything need to find the service; the rest is for its account. */
const OPEN_TO_USERS = ["server.json", "state_id", "daemon.lock"];

/**
 * On Windows nothing but its access list keeps other accounts from the token, the queue and the signing
 * key: closes the state directory to them, and looks whether it is closed.
 *
 * @returns a sentence for people when it is not, else null
 */
export async function closeStateDir({ path, scratchDir }: StateDir): Promise<string | null> {
  if (Deno.build.os !== "windows") return null;
  const why = await closeToOthers(path, { scratch: scratchDir, open: OPEN_TO_USERS });
  return why === null
    ? null
    : `${path} could not be closed to other accounts of this computer, who may ` +
      `then take the token that allows changes: ${why}; see \`labferry doctor\``;
}
