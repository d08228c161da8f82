/** Who let what pass at a run: asked, written and taken back; the gate decides anew at once. */
import { resolve, sep as SEPARATOR } from "node:path";
import { LabferryError } from "../base/mod.ts";
import {
  addOverride,
  type GateVerdict,
  type ListedOverride,
  listOverrides,
  revokeOverride,
} from "../gate/mod.ts";
import { runFolder } from "../intake/mod.ts";
import type { Job, JobEventDraft } from "../queue/mod.ts";
import { gateStep } from "../sync/mod.ts";
import type { OverrideDraft, RevocationDraft } from "./gate_control.ts";
import { auditOptions } from "./gate_settings.ts";
import type { ControlHouse } from "./house.ts";
import { asker, personally } from "./person.ts";

const NEVER = new AbortController().signal;

export class Overrides {
  readonly #house: ControlHouse;

  constructor(house: ControlHouse) {
    this.#house = house;
  }

  async list(runPath: string): Promise<readonly ListedOverride[]> {
    const path = await runFolder(runPath);
    this.#refuseForeign(path);
    return await listOverrides(path, this.#house.context.clock.now());
  }

  async add(runPath: string, draft: OverrideDraft): Promise<readonly ListedOverride[]> {
    const path = await runFolder(runPath);
    const { operator, reason, expires_at } = draft;
    await addOverride(path, {
      class: draft.class,
      operator,
      reason,
      expiresAt: expires_at ?? null,
    });
    return await this.#judgeAnew(path, {
      kind: "override_added",
      detail: { ...draft, ...asker() },
    });
  }

  async revoke(runPath: string, draft: RevocationDraft): Promise<readonly ListedOverride[]> {
    const path = await runFolder(runPath);
    await revokeOverride(path, draft);
    return await this.#judgeAnew(path, {
      kind: "override_revoked",
      detail: { ...draft, ...asker() },
    });
  }

  /** The run's timeline says who let what pass, and the gate's answer counts from now on. */
  async #judgeAnew(path: string, event: JobEventDraft): Promise<readonly ListedOverride[]> {
    const { context, watch } = this.#house;
    watch?.notice();
    const job = context.queue.jobs.byRun(path);
    if (job) {
      context.queue.timeline.note(job.id, event);
      await this.#apply(job, await context.gatekeeper.judge(path, NEVER));
    }
    return await this.list(path);
  }

  /** The background audit, which was told as well, may have done the same meanwhile. */
  async #apply(job: Job, verdict: GateVerdict): Promise<void> {
    const { context: { queue }, dispatcher } = this.#house;
    const step = gateStep(job, verdict);
    if (!step) return;
    try {
      await dispatcher.moves.ask(job, step, personally());
    } catch (error) {
      const current = queue.jobs.byId(job.id);
      if (current && gateStep(current, verdict) !== null) throw error;
      if (!(error instanceof LabferryError && error.code === "wrong_state")) throw error;
    }
  }

  /** Any local user may ask; the service reads no record for them outside its own lab. */
  #refuseForeign(path: string): void {
    const { config, context } = this.#house;
    if (context.queue.jobs.byRun(path)) return;
    const roots = auditOptions(config).roots.map((root) => resolve(root));
    if (roots.some((root) => path.startsWith(`${root}${SEPARATOR}`))) return;
    throw new LabferryError("unknown_run", `${path} is not a run of this lab`, {
      path,
      why: "it is neither in the queue nor below a configured root",
      hint: "name a run of this lab",
    });
  }
}
