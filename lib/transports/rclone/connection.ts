/** One session's way to its remote: what every operation of the session shares. */
import type { NameHabits } from "../contract.ts";
import { pathBelow } from "../tool/far_path.ts";
import type { Backend } from "./backend.ts";
import type { RemoteAddress } from "./remote_address.ts";
import type { RcEnd, RcRequest } from "./rcd.ts";
import type { RcloneEnd, RcloneRun, RcloneTool } from "./rclone_tool.ts";
import type { RcloneVersion } from "./tool_version.ts";

export interface RcloneConnection {
  readonly tool: RcloneTool;
  readonly version: RcloneVersion;
  readonly address: RemoteAddress;
  readonly backend: Backend;
  readonly scratchDir: string;
  /** A small request costs no start of rclone. */
  readonly keepsRcd: boolean;
  /** Runs rclone as a child of this session; `signal` is joined with the session's own. */
  run(run: SessionRun): Promise<RcloneEnd>;
  /** Makes a small request of this session's rcd; `signal` is joined with the session's own. */
  ask(request: SessionRequest): Promise<RcEnd>;
  /** What the backend can do; asked once a session. */
  features(): Promise<Features>;
  /** What the place does to names at a far folder; found out once a session and folder. */
  nameHabits(farDir: string): Promise<NameHabits>;
}

/** What the backend behind a remote can do (`features.ts`). */
export interface Features {
  /** A file can be renamed, or copied, by the server. One of them is needed to set aside. */
  readonly canSetAside: boolean;
  /** False for object stores: a name with `/` in it is all the folder there is. */
  readonly hasFolders: boolean;
  readonly keepsEmptyFolders: boolean;
  readonly keepsTimes: boolean;
  /** Modification times are kept, and a listing has them without a request for each file. */
  readonly listsTimes: boolean;
  /** Names of checksums that the backend offers. */
  readonly hashes: readonly string[];
}

export type SessionRun =
  & Omit<RcloneRun, "signal" | "token" | "onToolLine" | "timeoutMs">
  & { readonly signal?: AbortSignal; readonly timeoutMs?: number };

export type SessionRequest =
  & Omit<RcRequest, "signal" | "timeoutMs">
  & { readonly signal?: AbortSignal; readonly timeoutMs?: number };

/** A place below the base as rclone wants it; `""` is the base. */
export function farSpec({ address }: RcloneConnection, farPath: string): string {
  return address.prefix + pathBelow(address.path, farPath);
}
