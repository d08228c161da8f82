/**
 * Looks after who looks after the trees (`rules.md` 11): in each, `labferry-service.json` names one
 * labferry. The file alone decides, so that it works on a share between computers whose locks do not
 * reach each other, and after a SIGKILL: what was written before is taken up again by its mark.
 */
import { join } from "node:path";
import { type Clock, encodeUtf8, LabferryError } from "../base/mod.ts";
import { type Config, stagingRootOf } from "../config/mod.ts";
import { lockFile, lstatOrNull, realPathOrNull, writeFileAtomic } from "../disk/mod.ts";
import { ANSWER_MS, ShareSilence } from "../process/mod.ts";
import type { Job } from "../queue/mod.ts";
import { claimText, equipmentDir, RECORDS_DIR, type ServiceClaim } from "../records/mod.ts";
import type { SyncContext, Trees } from "../sync/mod.ts";
import { type Installation, installationMoved, readInstallation } from "./installation.ts";
import type { StateDir } from "./state_dir.ts";
import { type Answer, answerTo, type Found } from "./tree_claim.ts";
import {
  claimFile,
  foundIn,
  hostKey,
  isGoneFromHere,
  LOCK_MS,
  lockWhereThereAreLocks,
  madeBelowItsRoot,
  makeFolder,
} from "./tree_file.ts";
import { refusalOf } from "./tree_refusal.ts";
import { silent, type Standing, type Tree, unclaimed } from "./tree_standing.ts";
import { NO_MARKS, readTreeMarks, type TreeMarks, withMark, writeTreeMarks } from "./tree_marks.ts";

export interface TreeClaimsOptions {
  /** Its `equipment` may grow. */
  readonly config: Pick<Config, "equipment" | "orchestrator">;
  readonly stateDir: Pick<StateDir, "path">;
  readonly clock: Clock;
  readonly log: SyncContext["log"];
  /** A service that looks for runs; others claim a tree only to delete in it. */
  readonly serves: boolean;
  /** A share that gives no answer for so long is said to hang. @default 30 s */
  readonly answerMs?: number;
}

interface Looked {
  readonly standing: Standing;
  readonly atMs: number;
}

/** Asked before each connection: a look that is so young is as good as a new one. */
const YOUNG_MS = 5_000;
/** How often a claim is written anew, so that a copy of this state directory is one that lags behind. */
const RENEW_MS = 15 * 60_000;
/** A person's word is for what they see now. */
const WORD_MS = 3600_000;

export class TreeClaims implements Trees {
  readonly #options: TreeClaimsOptions;
  readonly #looked = new Map<string, Looked>();
  /** When (monotonic) this process wrote its claim, and with which nonce and word. */
  readonly #written = new Map<string, { readonly atMs: number; readonly as: string }>();
  /** What was said of a tree last, so that it is said once. */
  readonly #said = new Map<string, string>();
  /** Refused before, and not any more, whoever looked. */
  readonly #freed = new Set<string>();
  /** By tree: its looks, one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: TreeClaimsOptions) {
    this.#options = options;
  }

  async refusal(equipmentId: string): Promise<LabferryError | null> {
    for (const tree of this.#treesOf(equipmentId)) {
      const looked = this.#looked.get(tree.key);
      const isYoung = looked && this.#nowMs() - looked.atMs < YOUNG_MS;
      const standing = isYoung ? looked.standing : await this.#look(tree, this.#options.serves);
      if (standing.kind === "refused") return standing.error;
    }
    return null;
  }

  async hold(
    { equipmentId, runPath }: Pick<Job, "equipmentId" | "runPath">,
    { isActing }: { readonly isActing: boolean },
  ): Promise<string | null> {
    const found: { readonly standing: Standing; readonly isItsOwn: boolean }[] = [];
    for (const tree of this.#treesOf(equipmentId)) {
      const standing = await this.#look(tree, isActing || this.#options.serves);
      if (standing.kind === "refused") return standing.error.message;
      if (standing.kind === "absent") continue;
      found.push({ standing, isItsOwn: await isBelow(runPath, tree.folder) });
    }
    const own = found.filter(({ isItsOwn }) => isItsOwn);
    const asked = own.length > 0 ? own : found;
    if (asked.length === 0) {
      return `no folder of ${equipmentId} is there that a labferry looks after`;
    }
    for (const { standing } of asked) if (standing.kind === "unclaimed") return standing.why;
    return null;
  }

  /** Looks at every tree anew, and renews what is ours; equipment that may be served again is returned. */
  async lookAll(): Promise<readonly string[]> {
    const trees = this.#options.config.equipment.flatMap(({ id }) => this.#treesOf(id));
    await Promise.all(trees.map((tree) => this.#look(tree, true)));
    const freed = [...this.#freed];
    this.#freed.clear();
    return freed;
  }

  #treesOf(equipmentId: string): Tree[] {
    const { config } = this.#options;
    const equipment = config.equipment.find(({ id }) => id === equipmentId);
    // What is fetched from another PC's share is claimed at the destination's base.
    if (!equipment || equipment.pull !== null) return [];
    const own = equipmentDir(equipment.localRoot, equipmentId);
    const stagingRoot = equipment.syncMode === "nas" ? stagingRootOf(config) : null;
    const { watch = [], mode, run } = equipment.intake ?? {};
    const folders = new Set([
      own,
      ...(stagingRoot === null ? [] : [equipmentDir(stagingRoot, equipmentId)]),
      // Among the instrument's files nothing is written: such runs are held apart by their destination.
      ...(mode === "adopt" && run?.kind === "folder" ? watch : []),
    ]);
    return [...folders].map((folder) => {
      const key = folder === own ? equipmentId : `${equipmentId} ${folder}`;
      return { key, equipmentId, folder, isMade: folder === own && run?.kind === "files" };
    });
  }

  /**
   * One after the other: two looks at once would take each other's writing for a stranger's. A share that
   * begins to hang in the midst of a look holds up the looks at its own tree, and nobody who asks.
   */
  async #look(tree: Tree, claims: boolean): Promise<Standing> {
    const turn = this.#turns.get(tree.key) ?? Promise.resolve();
    const look = turn.then(() => this.#lookNow(tree, claims));
    // Whoever asked hears of its failure; the next look is another one.
    this.#turns.set(tree.key, look.catch(() => {}));
    const late = Promise.withResolvers<Standing>();
    const limitMs = (this.#options.answerMs ?? ANSWER_MS) + 2 * LOCK_MS;
    const timer = setTimeout(() => late.resolve(silent(tree)), limitMs);
    try {
      return await Promise.race([look, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #lookNow(tree: Tree, claims: boolean): Promise<Standing> {
    const standing = await this.#standingOf(tree, claims);
    if (claims) this.#say(tree, standing);
    const wasRefused = this.#looked.get(tree.key)?.standing.kind === "refused";
    if (wasRefused && standing.kind !== "refused") this.#freed.add(tree.equipmentId);
    this.#looked.set(tree.key, { standing, atMs: this.#nowMs() });
    return standing;
  }

  async #standingOf(tree: Tree, claims: boolean): Promise<Standing> {
    const { stateDir, clock, answerMs } = this.#options;
    try {
      if (await new ShareSilence(answerMs).at(tree.folder)) {
        return silent(tree);
      }
      // A copy of a PC must not take the first one's trees.
      const moved = await installationMoved(stateDir, clock);
      if (moved) return { kind: "unclaimed", why: moved.message };
      const us = await readInstallation(stateDir, clock);
      const info = await lstatOrNull(tree.folder);
      if (!info?.isDirectory && !(claims && tree.isMade && await madeBelowItsRoot(tree.folder))) {
        return { kind: "absent" };
      }
      const found = await foundIn(tree.folder);
      if (this.#isFresh(tree, { us, found })) return { kind: "ours" };
      if (!claims) return await this.#asRead(tree, { us, found });
      try {
        return await this.#settle(tree, us);
      } catch (error) {
        // Where nothing can be written another one's claim counts all the same.
        const standing = await this.#asRead(tree, { us, found });
        return standing.kind === "refused" ? standing : unclaimed(error);
      }
    } catch (error) {
      return unclaimed(error);
    }
  }

  /** Ours, as this process wrote it not long ago. */
  #isFresh(
    { key }: Tree,
    { us, found }: { readonly us: Installation; readonly found: Found },
  ): boolean {
    const written = this.#written.get(key);
    return found.kind === "claim" && found.claim.contestedBy === null &&
      found.claim.installation === us.id && found.claim.nonce === us.nonce &&
      written?.as === asOf(us) && this.#nowMs() - written.atMs < RENEW_MS;
  }

  async #asRead(
    tree: Tree,
    { us, found }: { readonly us: Installation; readonly found: Found },
  ): Promise<Standing> {
    const marks = (await readTreeMarks(this.#options.stateDir)).get(tree.key) ?? NO_MARKS;
    const answer = await this.#answer(found, { us, marks, isKnown: false });
    return answer.kind === "take" || answer.kind === "ours"
      ? { kind: "ours" }
      : { kind: "refused", error: refusalOf(tree, answer) };
  }

  /** Decides under the locks of both sides, as far as there are any, and writes what is decided. */
  async #settle(tree: Tree, us: Installation): Promise<Standing> {
    const { stateDir } = this.#options;
    const folder = join(tree.folder, RECORDS_DIR);
    await makeFolder(folder);
    using _state = await lockFile(join(stateDir.path, "trees.json.lock"), {
      mode: "exclusive",
      timeoutMs: LOCK_MS,
    });
    using _tree = await lockWhereThereAreLocks(`${claimFile(tree.folder)}.lock`);
    const all = await readTreeMarks(stateDir);
    const known = all.get(tree.key);
    const found = await foundIn(tree.folder);
    const answer = await this.#answer(found, {
      us,
      marks: known ?? NO_MARKS,
      isKnown: known !== undefined,
    });
    const keep = (marks: TreeMarks) =>
      writeTreeMarks(stateDir, new Map([...all, [tree.key, marks]]));
    const heard = { marks: known?.marks ?? [], word: us.keptAt };
    if (answer.kind !== "take" && answer.kind !== "ours") {
      if (known === undefined || known.word !== us.keptAt) await keep(heard);
      const told = answer.kind === "twice" && !answer.isContested
        ? { ...answer, claim: await this.#contest(tree, { us, answer }) }
        : answer;
      return { kind: "refused", error: refusalOf(tree, told) };
    }
    const claim = await this.#ourClaim(us);
    await keep(withMark(heard, claim));
    await writeFileAtomic(claimFile(tree.folder), encodeUtf8(claimText(claim)), {
      createOnly: found.kind === "none" && !found.isEmpty,
      mode: 0o644,
    });
    const back = await foundIn(tree.folder);
    if (back.kind !== "claim" || back.claim.nonce !== claim.nonce || back.claim.contestedBy) {
      return {
        kind: "unclaimed",
        why: "another program wrote the tree's claim at the same moment",
      };
    }
    this.#written.set(tree.key, { atMs: this.#nowMs(), as: asOf(us) });
    if (answer.kind === "take" && answer.from && answer.from.installation !== us.id) {
      this.#options.log("warn", "The tree of another labferry is looked after here from now on", {
        equipment: tree.equipmentId,
        path: tree.folder,
        before: `${answer.from.installation} on ${answer.from.host}`,
      });
    }
    return { kind: "ours" };
  }

  async #answer(
    found: Found,
    { us, marks, isKnown }: {
      readonly us: Installation;
      readonly marks: TreeMarks;
      /** False: what a person said before this tree was met was said of others. */
      readonly isKnown: boolean;
    },
  ): Promise<Answer> {
    const gone = found.kind === "claim" && await isGoneFromHere(found.claim);
    const saidMs = us.keptAt === null ? 0 : Date.parse(us.keptAt);
    const isYoung = Math.abs(this.#options.clock.now().getTime() - saidMs) < WORD_MS;
    return answerTo(found, {
      installation: us.id,
      isOurMark: ({ nonce, time }) =>
        marks.marks.some((mark) => mark.nonce === nonce && mark.time === time),
      hasWord: isKnown && us.keptAt !== null && marks.word !== us.keptAt && isYoung,
      isGone: () => gone,
    });
  }

  async #ourClaim(us: Installation): Promise<ServiceClaim> {
    const { clock, stateDir } = this.#options;
    return {
      installation: us.id,
      nonce: us.nonce,
      time: clock.now().toISOString(),
      host: us.host.hostName,
      hostKey: await hostKey(),
      stateDir: stateDir.path,
      contestedBy: null,
    };
  }

  /** So that the other one sees it with its next look; its own words stay. */
  async #contest(
    tree: Tree,
    { us, answer }: { readonly us: Installation; readonly answer: Answer & { kind: "twice" } },
  ): Promise<ServiceClaim> {
    const { host, nonce, time } = await this.#ourClaim(us);
    const claim = { ...answer.claim, contestedBy: { host, nonce, time } };
    await writeFileAtomic(claimFile(tree.folder), encodeUtf8(claimText(claim)), { mode: 0o644 });
    return claim;
  }

  #say({ key, equipmentId, folder }: Tree, standing: Standing): void {
    const { log } = this.#options;
    const said = standing.kind === "refused"
      ? standing.error.message + standing.error.code
      : standing.kind === "unclaimed"
      ? standing.why
      : "";
    const before = this.#said.get(key) ?? "";
    this.#said.set(key, said);
    if (said === before) return;
    const about = { equipment: equipmentId, path: folder };
    if (standing.kind === "refused") {
      const { code, message, hint = "" } = standing.error;
      log("error", `${message}; nothing is done there (${hint})`, {
        ...about,
        code,
      });
    } else if (standing.kind === "unclaimed") {
      log("warn", `Nothing is deleted there: ${standing.why}`, about);
    } else if (before !== "") log("info", "The tree is looked after again", about);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

function asOf({ nonce, keptAt }: Installation): string {
  return `${nonce} ${keptAt}`;
}

async function isBelow(path: string, folder: string): Promise<boolean> {
  // One that is not there has no other name, and nothing lies below it.
  const real = await realPathOrNull(folder) ?? folder;
  return [folder, real].some((one) => path.startsWith(one.endsWith("/") ? one : `${one}/`));
}
