/** A connection to a destination for one piece of work, with its scratch folder; both end together. */
import { join } from "node:path";
import { type Job } from "../queue/mod.ts";
import { jobToken, ownMark } from "../process/mod.ts";
import { confirmIdentity, type FarSession } from "../transports/mod.ts";
import type { Destination, SyncContext } from "./destination.ts";

export interface FarConnection extends AsyncDisposable {
  readonly session: FarSession;
  /** Local, 0700, removed at the end. */
  readonly scratchDir: string;
  /** The identity the base must carry. */
  readonly uuid: string;
  /** Reads the base's identity again and compares; throws `destination_identity`. */
  confirm(): Promise<void>;
}

/** A connection that is being opened while something else is done; whoever takes it ends it. */
export interface Connecting extends AsyncDisposable {
  /** @throws whatever kept it from being opened */
  take(): Promise<FarConnection>;
}

/**
 * A mounted place is connected to when it is wanted: there is nothing to wait for, and a pool of
 * threads beside another that is just being used would start a thread of its own (25 ms).
 */
export function beginConnecting(...to: Parameters<typeof connectTo>): Connecting {
  const [{ transport: { traits } }] = to;
  if (traits.connectsAtOnce) {
    return { take: () => connectTo(...to), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const opened = connectTo(...to);
  // Looked at when it is taken; one that nobody takes any more is nobody's fault.
  opened.catch(() => {});
  let isTaken = false;
  return {
    async take() {
      isTaken = true;
      return await opened;
    },
    async [Symbol.asyncDispose]() {
      if (isTaken) return;
      const [outcome] = await Promise.allSettled([opened]);
      if (outcome.status === "fulfilled") await outcome.value[Symbol.asyncDispose]();
    },
  };
}

async function greeted(
  destination: Destination,
  { session, uuid }: Pick<FarConnection, "session" | "uuid">,
): Promise<void> {
  try {
    await destination.greet?.(session, uuid);
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

export async function connectTo(
  destination: Destination,
  job: Pick<Job, "id">,
  { context, signal }: { context: SyncContext; signal: AbortSignal },
): Promise<FarConnection> {
  const uuid = await destination.identity();
  const scratchDir = await Deno.makeTempDir({
    dir: join(context.stateDir, "scratch"),
    prefix: `job-${ownMark()}-`,
  });
  const forget = () => Deno.remove(scratchDir, { recursive: true });
  try {
    const session = await destination.transport.connect({
      signal,
      token: jobToken(context.tokenPrefix, job.id),
      scratchDir,
      onToolLine: (line) =>
        context.log("debug", line, { job: job.id, tool: destination.transport.type }),
    });
    await greeted(destination, { session, uuid });
    return {
      session,
      scratchDir,
      uuid,
      confirm: async () => {
        const { address, traits } = destination.transport;
        const checksFirst = traits.localFolder !== null && !traits.readsKnownDevice;
        await confirmIdentity(session, uuid, { address, checksFirst });
      },
      async [Symbol.asyncDispose]() {
        try {
          await session[Symbol.asyncDispose]();
        } finally {
          await forget();
        }
      },
    };
  } catch (error) {
    await forget();
    throw error;
  }
}
