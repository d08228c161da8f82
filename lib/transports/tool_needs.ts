/** What each kind of transport needs of this computer's tools, and what a newer one does better. */
import type { TransportType } from "./contract.ts";

export type ToolVersion = readonly [major: number, minor: number, patch: number];

export interface ToolNeed {
  readonly tool: "rclone" | "rsync" | "ssh" | "ssh-keygen";
  /** An older one is refused; null: any will do. */
  readonly oldest: ToolVersion | null;
  /** What an older one lacks and is done without. */
  readonly better: readonly { readonly since: ToolVersion; readonly lacks: string }[];
}

export const TOOL_NEEDS: Readonly<Record<TransportType, readonly ToolNeed[]>> = {
  mount: [],
  rclone: [{
    tool: "rclone",
    // `rclone/tool_version.ts` has the same.
    oldest: [1, 56, 0],
    better: [
      { since: [1, 65, 0], lacks: "half-sent files carry their final name for a while" },
    ],
  }],
  rsync_ssh: [
    {
      tool: "rsync",
      oldest: [3, 0, 0],
      better: [
        {
          since: [3, 1, 0],
          lacks: "it does not say what arrived, so that nothing is proven early",
        },
        { since: [3, 2, 4], lacks: "it cannot flush each file over there" },
      ],
    },
    { tool: "ssh", oldest: null, better: [] },
    { tool: "ssh-keygen", oldest: null, better: [] },
  ],
};
