/**
 * Who looks after runs that are fetched from another computer's share: nothing is written there, so that
 * `labferry-service.json` lies at the destination's base (`rules.md` 11). It is looked at with every
 * connection, after the base's identity and before anything else; what it says is as in `tree_claim.ts`.
 */
import { join } from "node:path";
import { type Clock, encodeUtf8, LabferryError } from "../base/mod.ts";
import { lockFile } from "../disk/mod.ts";
import { claimText, parseClaim, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { type Destination, type Sources, supersededDir, type Trees } from "../sync/mod.ts";
import { confirmIdentity, type FarSession } from "../transports/mod.ts";
import { type Installation, installationMoved, readInstallation } from "./installation.ts";
import type { StateDir } from "./state_dir.ts";
import { answerTo, type Found } from "./tree_claim.ts";
import { hostKey, isGoneFromHere, LOCK_MS } from "./tree_file.ts";
import { NO_MARKS, readTreeMarks, withMark, writeTreeMarks } from "./tree_marks.ts";
import { refusalOf } from "./tree_refusal.ts";

export interface BaseClaimsOptions {
  readonly sources: Pick<Sources, "isPulled" | "keeps">;
  readonly stateDir: Pick<StateDir, "path">;
  readonly clock: Clock;
  /** Of the equipment whose runs lie on this computer. */
  readonly trees: Trees;
}

interface Claimed {
  readonly error: LabferryError | null;
  readonly atMs: number;
  readonly nonce: string;
}

/** How often our claim is written anew, so that a copy of this state directory is one that lags behind. */
const RENEW_MS = 15 * 60_000;
/** A base that was looked at so long ago is held by nobody who deletes. */
const HELD_MS = 60 * 60_000;
/** A person's word is for what they see now. */
const WORD_MS = 3600_000;

export class BaseClaims implements Trees {
  readonly #options: BaseClaimsOptions;
  readonly #claimed = new Map<string, Claimed>();
  /** By equipment: its looks, one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: BaseClaimsOptions) {
    this.#options = options;
  }

  async refusal(equipmentId: string): Promise<LabferryError | null> {
    if (!this.#options.sources.isPulled(equipmentId)) {
      return await this.#options.trees.refusal(equipmentId);
    }
    return null;
  }

  async hold(
    job: Parameters<Trees["hold"]>[0],
    options: { readonly isActing: boolean },
  ): Promise<string | null> {
    const { sources, trees } = this.#options;
    if (!sources.isPulled(job.equipmentId)) return await trees.hold(job, options);
    const kept = await sources.keeps(job.equipmentId, job.dataDir);
    if (kept !== null) return kept;
    const claimed = this.#claimed.get(job.equipmentId);
    if (claimed?.error) return claimed.error.message;
    // Each pass, and each deletion, looks at it with its own connection.
    const isHeld = claimed !== undefined && this.#nowMs() - claimed.atMs < HELD_MS;
    return isHeld || !options.isActing
      ? null
      : "the claim at the destination's base was not looked at for an hour";
  }

  /** The same destinations; those of pulled equipment ask for the claim with each connection. */
  asked(destinations: ReadonlyMap<string, Destination>): Map<string, Destination> {
    return new Map(
      [...destinations].map(([id, destination]) => [
        id,
        this.#options.sources.isPulled(id)
          ? {
            ...destination,
            greet: (session, uuid) => this.#greet(id, { destination, session, uuid }),
          }
          : destination,
      ]),
    );
  }

  /** One after the other: two looks at once would take each other's writing for a stranger's. */
  async #greet(equipmentId: string, at: Greeted): Promise<void> {
    const turn = this.#turns.get(equipmentId) ?? Promise.resolve();
    const look = turn.then(() => this.#claim(equipmentId, at));
    // Whoever asked hears of its failure; the next look is another one.
    this.#turns.set(equipmentId, look.catch(() => {}));
    await look;
  }

  async #claim(equipmentId: string, at: Greeted): Promise<void> {
    const { stateDir, clock } = this.#options;
    const { destination: { transport: { address, traits } }, session, uuid } = at;
    await confirmIdentity(session, uuid, { address, checksFirst: traits.localFolder !== null });
    const moved = await installationMoved(stateDir, clock);
    if (moved) throw moved;
    const us = await readInstallation(stateDir, clock);
    const before = this.#claimed.get(equipmentId);
    const { found, bytes } = await foundAt(session);
    const isOurs = found.kind === "claim" && found.claim.contestedBy === null &&
      found.claim.installation === us.id && found.claim.nonce === us.nonce;
    const isYoung = before?.error === null && before.nonce === us.nonce &&
      this.#nowMs() - before.atMs < RENEW_MS;
    if (isOurs && isYoung) return;
    const error = await this.#settle(equipmentId, { ...at, us, found, bytes });
    this.#claimed.set(equipmentId, { error, atMs: this.#nowMs(), nonce: us.nonce });
    if (error) throw error;
  }

  /** Decides as for a tree, and writes what is decided; the error is the refusal. */
  async #settle(
    equipmentId: string,
    { destination, session, us, found, bytes }: Greeted & {
      readonly us: Installation;
      readonly found: Found;
      readonly bytes: Uint8Array | null;
    },
  ): Promise<LabferryError | null> {
    const { stateDir, clock } = this.#options;
    const key = `${equipmentId} ${destination.transport.address}`;
    using _state = await lockFile(join(stateDir.path, "trees.json.lock"), {
      mode: "exclusive",
      timeoutMs: LOCK_MS,
    });
    const all = await readTreeMarks(stateDir);
    const known = all.get(key);
    const marks = known ?? NO_MARKS;
    const gone = found.kind === "claim" && await isGoneFromHere(found.claim);
    const saidMs = us.keptAt === null ? 0 : Date.parse(us.keptAt);
    const isYoungWord = Math.abs(clock.now().getTime() - saidMs) < WORD_MS;
    const answer = answerTo(found, {
      installation: us.id,
      isOurMark: ({ nonce, time }) =>
        marks.marks.some((mark) => mark.nonce === nonce && mark.time === time),
      hasWord: known !== undefined && us.keptAt !== null && marks.word !== us.keptAt &&
        isYoungWord,
      isGone: () => gone,
    });
    const heard = { marks: marks.marks, word: us.keptAt };
    if (answer.kind !== "take" && answer.kind !== "ours") {
      if (known === undefined || known.word !== us.keptAt) {
        await writeTreeMarks(stateDir, new Map([...all, [key, heard]]));
      }
      return refusalOf({ equipmentId, folder: destination.transport.address }, answer);
    }
    const claim = {
      installation: us.id,
      nonce: us.nonce,
      time: clock.now().toISOString(),
      host: us.host.hostName,
      hostKey: await hostKey(),
      stateDir: stateDir.path,
      contestedBy: null,
    };
    // Durable before it is written over there: a power cut leaves no mark that we do not know.
    await writeTreeMarks(stateDir, new Map([...all, [key, withMark(heard, claim)]]));
    const aside = `${supersededDir(RECORDS_DIR, clock)}/${NAME}`;
    await session.putFiles(
      RECORDS_DIR,
      new Map([[NAME, encodeUtf8(claimText(claim))]]),
      new Map([[NAME, { bytes, aside }]]),
    );
    const back = (await foundAt(session)).found;
    if (back.kind === "claim" && back.claim.nonce === us.nonce) return null;
    return new LabferryError(
      "tree_served",
      `Nobody can say who looks after ${equipmentId}'s runs`,
      {
        path: `${destination.transport.address}/${RECORDS_DIR}/${NAME}`,
        why: "another program wrote the claim at the same moment",
        hint: "see which labferry fetches that instrument's runs, and stop the other",
      },
    );
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

interface Greeted {
  readonly destination: Destination;
  readonly session: FarSession;
  readonly uuid: string;
}

const NAME = RECORD_FILES.service;

async function foundAt(
  session: FarSession,
): Promise<{ readonly found: Found; readonly bytes: Uint8Array | null }> {
  const bytes = (await session.getFiles(RECORDS_DIR, [NAME])).get(NAME) ?? null;
  if (bytes === null || bytes.length === 0) {
    return { found: { kind: "none", isEmpty: bytes !== null }, bytes };
  }
  try {
    return { found: { kind: "claim", claim: parseClaim(bytes, `${RECORDS_DIR}/${NAME}`) }, bytes };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return { found: { kind: "unusable", why: error.message }, bytes };
  }
}
