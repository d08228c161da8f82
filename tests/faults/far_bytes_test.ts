/** No far byte that this push did not put there is ever replaced or removed, whatever happens. */
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { type OddHabits, oddShare } from "../support/odd_share.ts";
import { RCLONE } from "../support/rclone_place.ts";
import { startSshd } from "../support/sshd.ts";
import { tempDir } from "../support/temp_dir.ts";
import { liveFarLife } from "./far_life.ts";

const SHARES: Readonly<Record<string, OddHabits>> = {
  plain: {},
  folding: { foldsCase: true },
  normalising: { normalises: true },
};
/** Lives a share; a life over ssh takes as long as ten on a mount. `LABFERRY_LIVES` multiplies. */
const LIVES: Readonly<Record<TransportType, { lives: number; steps: number; tools: Tool[] }>> = {
  mount: { lives: 4, steps: 7, tools: [] },
  rclone: { lives: 3, steps: 5, tools: ["rclone"] },
  rsync_ssh: { lives: 2, steps: 4, tools: ["rsync", "sshd"] },
};
const MORE = Number(Deno.env.get("LABFERRY_LIVES") ?? 1);
const FIRST = Number(Deno.env.get("LABFERRY_SEED") ?? 1);

for (const [type, { lives, steps, tools }] of Object.entries(LIVES)) {
  for (const [name, habits] of Object.entries(SHARES)) {
    testWith(
      ["fuse", ...tools],
      `no far byte is lost over ${type} onto a ${name} share, in seeded lives`,
      async () => {
        await using sshd = type === "rsync_ssh" ? await startSshd() : null;
        for (let seed = FIRST; seed < FIRST + lives * MORE; seed++) {
          await using share = await oddShare(habits);
          await using dir = await tempDir();
          const base = { path: share.join("lab"), diskPath: `${share.diskPath}/lab` };
          await Deno.mkdir(base.path);
          await liveFarLife({
            seed,
            steps,
            type: type as TransportType,
            base,
            ...(sshd ? { sshd } : {}),
            ...(type === "rclone"
              ? {
                transport: new RcloneTransport({
                  remote: ":local:",
                  remotePath: base.path,
                  binary: RCLONE,
                  configFile: await dir.write("rclone.conf", ""),
                }),
              }
              : {}),
          });
        }
      },
    );
  }
}
