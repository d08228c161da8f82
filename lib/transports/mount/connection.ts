/** What a push and a read-back need of the session they run in. */
import type { DiskPool, FarResults, MountGuard } from "../../disk/mod.ts";

export interface MountConnection {
  /** Absolute path of the base. */
  readonly base: string;
  readonly pool: DiskPool;
  /** The base's device as it was first seen in this session; throws when there is no base. */
  guard(): Promise<MountGuard>;
  /** Throws unless the base is there and on that device. */
  check(): Promise<void>;
  /** What is at a far folder: null when it is not there. A missing base is a failure. */
  lookAt(farDir: string): Promise<FarResults["look"]>;
  /** Absolute path of a far folder, or of a file in it. */
  pathOf(farDir: string, name?: string): string;
}
