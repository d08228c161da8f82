/**
 * `Control` on the queue itself: inside the daemon, and in a command while no daemon holds the state
 * directory.
 */
import { userInfo } from "node:os";
import { join, resolve, sep as SEPARATOR } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { adoptedAddress } from "../intake/mod.ts";
import { auditOptions } from "./gate_settings.ts";
import type { Config, Equipment } from "../config/mod.ts";
import {
  addOverride,
  auditTree,
  type Finding,
  gatherAudit,
  type ListedOverride,
  listOverrides,
  type PlaceAudit,
  type Problem,
  revokeOverride,
  unmaskedHard,
} from "../gate/mod.ts";
import type { JobMoves, MachineEvent } from "../jobs/mod.ts";
import type { Job, JobEventDraft, JobState, Queue } from "../queue/mod.ts";
import {
  type Creation,
  findRunAddress,
  readCreation,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";
import { retryAllRuns } from "./retry_all.ts";
import {
  acceptMissing,
  type Destination,
  type Dispatcher,
  gateStep,
  lockRun,
  refreshSeal,
  type SyncContext,
} from "../sync/mod.ts";
import type { Control, JobFilter, RetriedAll, RetryOptions } from "./control.ts";
import type { GateControl, OverrideDraft, ProblemsView, RevocationDraft } from "./gate_control.ts";
import {
  type EventView,
  eventView,
  type JobView,
  jobView,
  type OutsideHold,
  type StatusView,
} from "./views.ts";

export interface LocalControlOptions {
  readonly config: Config;
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Started in the daemon; in a command it only performs what that command asks for. */
  readonly dispatcher: Dispatcher;
  /** The background audit; null in a command, which judges for itself. */
  readonly watch: { readonly problems: ProblemsView } | null;
  /** What `status` says of the daemon; null when there is none. */
  readonly daemon: () => StatusView["daemon"];
}

const NEVER = new AbortController().signal;
/** Jobs in `status`; the page shows them all, so it must stay readable. */
const STATUS_JOBS = 200;
const DEFAULT_LIMIT = 1_000;

export class LocalControl implements Control, GateControl {
  readonly #options: LocalControlOptions;
  readonly #queue: Queue;
  readonly #moves: JobMoves;

  constructor(options: LocalControlOptions) {
    this.#options = options;
    this.#queue = options.context.queue;
    this.#moves = options.dispatcher.moves;
  }

  status(): Promise<StatusView> {
    const { destinations, daemon } = this.#options;
    const known = new Map(this.#queue.destinations.list().map((state) => [state.name, state]));
    const counts = this.#queue.jobs.counts();
    const jobs = this.#attentionFirst();
    const pauses = this.#queue.pauses.list();
    return Promise.resolve({
      daemon: daemon(),
      counts,
      not_proven: this.#queue.jobs.unprovenCount(),
      handed_over: this.#queue.jobs.provenCount([...this.#options.context.staged.keys()]),
      destinations: [...destinations.values()].map(({ name, transport }) => {
        const state = known.get(name);
        return {
          name,
          address: transport.address,
          state: state?.state ?? "unknown",
          code: state?.code ?? null,
          reason: state?.reason ?? null,
          hint: state?.hint ?? null,
          next_probe_at: state?.nextProbeAt ?? null,
        };
      }),
      paused: pauses.map(({ scope }) => scope),
      pauses,
      jobs: jobs.map((job) => this.#view(job)),
      jobs_total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    });
  }

  jobs({ states, equipmentId, limit = DEFAULT_LIMIT }: JobFilter): Promise<readonly JobView[]> {
    const query = {
      limit,
      ...(states ? { states: states as JobState[] } : {}),
      ...(equipmentId ? { equipmentId } : {}),
    };
    return Promise.resolve(this.#queue.jobs.list(query).map((job) => this.#view(job)));
  }

  job(ref: string): Promise<JobView> {
    return Promise.resolve(this.#view(this.#find(ref)));
  }

  history(ref: string): Promise<readonly EventView[]> {
    return Promise.resolve(this.#queue.timeline.of(this.#find(ref).id).map(eventView));
  }

  async enqueue(runPath: string): Promise<{ job: JobView; created: boolean }> {
    const path = await realRun(runPath);
    const { equipment, farDir } = await this.#whereItGoes(path);
    const destination = this.#options.destinations.get(equipment.id)!;
    const verdict = await this.#options.context.gatekeeper.judge(path, NEVER);
    const { job, created } = await this.#moves.enter({
      runPath: path,
      equipmentId: equipment.id,
      destination: destination.transport.address,
      farDir,
    }, (entered) => gateStep(entered, verdict));
    const again = created ? job : await this.#again(job);
    const event = gateStep(again, verdict);
    const now = event ? await this.#ask(again, event) : again;
    this.#options.dispatcher.ring();
    return { job: this.#view(this.#queue.jobs.byId(now.id) ?? now), created };
  }

  async problems(): Promise<ProblemsView> {
    if (this.#options.watch) return this.#options.watch.problems;
    const { config, context } = this.#options;
    const { roots, ...options } = auditOptions(config);
    const findings: Finding[] = [];
    const problems: Problem[] = [];
    const overridden: string[] = [];
    let runs = 0;
    for (const root of roots) {
      const places = auditTree(root, { ...options, roots, now: context.clock.now() });
      const audit = await gatherAudit(notingOverrides(places, overridden));
      findings.push(...audit.findings);
      problems.push(...audit.problems);
      runs += audit.runs;
    }
    const hard = unmaskedHard(findings).length;
    const soft = findings.filter(({ tier }) => tier === "soft").length;
    const audited_at = context.clock.now().toISOString();
    return { audited_at, runs, hard, soft, findings, problems, overridden: overridden.sort() };
  }

  async overrides(runPath: string): Promise<readonly ListedOverride[]> {
    const path = await realRun(runPath);
    this.#ours(path);
    return await listOverrides(path, this.#options.context.clock.now());
  }

  /** Any local user may ask; the service reads no record for them outside its own lab. */
  #ours(path: string): void {
    const roots = auditOptions(this.#options.config).roots.map((root) => resolve(root));
    if (
      this.#queue.jobs.byRun(path) || roots.some((root) => path.startsWith(`${root}${SEPARATOR}`))
    ) return;
    throw new LabferryError("unknown_run", `${path} is not a run of this lab`, {
      path,
      why: "it is neither in the queue nor below a configured root",
      hint: "name a run of this lab",
    });
  }

  async addOverride(runPath: string, draft: OverrideDraft): Promise<readonly ListedOverride[]> {
    const path = await realRun(runPath);
    const { operator, reason, expires_at } = draft;
    await addOverride(path, {
      class: draft.class,
      operator,
      reason,
      expiresAt: expires_at ?? null,
    });
    return await this.#afterOverride(path, { kind: "override_added", detail: { ...draft } });
  }

  async revokeOverride(
    runPath: string,
    draft: RevocationDraft,
  ): Promise<readonly ListedOverride[]> {
    const path = await realRun(runPath);
    await revokeOverride(path, draft);
    return await this.#afterOverride(path, { kind: "override_revoked", detail: { ...draft } });
  }

  /** The run's timeline says who let what pass, and the gate decides anew at once. */
  async #afterOverride(path: string, event: JobEventDraft): Promise<readonly ListedOverride[]> {
    const job = this.#queue.jobs.byRun(path);
    if (job) {
      this.#queue.timeline.note(job.id, event);
      const verdict = await this.#options.context.gatekeeper.judge(path, NEVER);
      const move = gateStep(job, verdict);
      if (move) await this.#ask(job, move);
    }
    return await this.overrides(path);
  }

  async retry(ref: string, { acceptMissing: word }: RetryOptions = {}): Promise<JobView> {
    const found = this.#find(ref);
    if (word) await acceptMissing(found, word, this.#options.context);
    const job = await this.#retryOne(found);
    // Whoever asks for one run asks for its destination too: it may be back.
    await this.#options.dispatcher.probeNow(
      this.#options.destinations.get(job.equipmentId)?.name ?? "",
    );
    return this.#view(this.#queue.jobs.byId(job.id) ?? job);
  }

  async retryAll(): Promise<RetriedAll> {
    const { asked, skipped } = await retryAllRuns({
      queue: this.#queue,
      isDown: (job) => this.#outsideHold(job)?.hold === "destination",
      retryOne: (job) => this.#retryOne(job),
      probe: () => this.#options.dispatcher.probeNow(),
    });
    const views = (jobs: readonly Job[]) => jobs.map((job) => this.#view(job));
    return { jobs: views(asked), skipped: views(skipped) };
  }

  #retryOne(job: Job): Promise<Job> {
    return this.#ask(job, { type: "retry" });
  }

  async cancel(ref: string): Promise<JobView> {
    const found = this.#find(ref);
    const held = await this.#ask(found, {
      type: "hold",
      hold: "cancelled",
      reason: `cancelled by ${person()}`,
    });
    await this.#options.dispatcher.interrupt((jobId) => jobId === held.id);
    return this.#view(held);
  }

  async verify(ref: string): Promise<JobView> {
    return this.#view(await this.#options.dispatcher.verify(this.#find(ref)));
  }

  async pin(ref: string, pinned: boolean): Promise<JobView> {
    return this.#view(await this.#ask(this.#find(ref), { type: "pin", pinned }));
  }

  async pause(scope: string): Promise<void> {
    this.#knownScope(scope);
    this.#queue.pauses.pause({ scope, by: person() });
    await this.#options.dispatcher.interrupt((_, equipmentId) =>
      scope === "*" || scope === equipmentId
    );
  }

  resume(scope: string): Promise<void> {
    this.#knownScope(scope);
    this.#queue.pauses.resume(scope);
    this.#options.dispatcher.ring();
    return Promise.resolve();
  }

  /** What needs a person, then what moves, then what waits, then the newest of what is safe. */
  #attentionFirst(): Job[] {
    const order: JobState[][] = [["failed"], ["running", "awaiting_verify"], ["queued"], [
      "verified",
      "cleanup_eligible",
      "cleaned",
    ]];
    const found: Job[] = [];
    for (const states of order) {
      if (found.length < STATUS_JOBS) {
        found.push(...this.#queue.jobs.list({ states, limit: STATUS_JOBS - found.length }));
      }
    }
    return found;
  }

  #view(job: Job): JobView {
    const isStaged = this.#options.context.staged.has(job.equipmentId);
    return jobView(job, { outside: this.#outsideHold(job), isStaged });
  }

  #outsideHold(job: Job): OutsideHold | null {
    if (this.#queue.pauses.isPaused(job.equipmentId)) {
      return {
        hold: "paused",
        reason: `${job.equipmentId} is paused`,
        hint: null,
        nextTryAt: null,
      };
    }
    const state = this.#queue.destinations.byName(
      this.#options.destinations.get(job.equipmentId)?.name ?? "",
    );
    return state?.state === "down"
      ? {
        hold: "destination",
        reason: state.reason ?? "the destination is not available",
        hint: state.hint,
        nextTryAt: state.nextProbeAt,
      }
      : null;
  }

  #find(ref: string): Job {
    const job = this.#queue.jobs.find(ref) ?? this.#queue.jobs.byRun(resolve(ref));
    if (job) return job;
    throw new LabferryError("unknown_run", `${ref} is not in the queue`, {
      why: "it is no job id, no beginning of one, and no path of a run that was enqueued",
      hint: "`labferry queue list` shows what is; `labferry enqueue` takes a run in",
    });
  }

  #ask(job: Job, event: MachineEvent): Promise<Job> {
    return this.#moves.ask(job, event, { by: person() });
  }

  /** A run that is known: what failed is tried again, what was proven is looked at again. */
  async #again(job: Job): Promise<Job> {
    if (job.state === "failed" || job.hold === "cancelled") {
      return await this.#ask(job, { type: "retry" });
    }
    if (job.state !== "verified") return job;
    using lock = await lockRun(job.runPath, this.#options.context.stateDir);
    if (lock === null) return job;
    const { context } = this.#options;
    return (await refreshSeal(job, { context, moves: this.#moves, signal: NEVER })).job;
  }

  #knownScope(scope: string): void {
    if (scope === "*" || this.#options.destinations.has(scope)) return;
    throw unknownEquipment(scope, this.#options.config);
  }

  async #whereItGoes(runPath: string): Promise<{ equipment: Equipment; farDir: string }> {
    const { config } = this.#options;
    const creation = await creationOf(runPath);
    const place = findRunAddress(runPath);
    const layout = place ? null : await adoptedAddress(runPath, {
      creation,
      queue: this.#queue,
      log: this.#options.context.log,
    });
    if (!place && !layout) {
      throw new LabferryError("not_a_run", `${runPath} is not a run of this lab`, {
        path: runPath,
        why:
          "it is not at <root>/<EQUIPMENT>/<project>/Runs/<run>, and its record names no such place",
        hint: "give it records with `labferry run adopt`, or send it by hand with `labferry ship`",
      });
    }
    const equipmentId = place?.equipmentId ?? layout!.equipmentId;
    const equipment = config.equipment.find(({ id }) => id === equipmentId);
    if (!equipment) throw unknownEquipment(equipmentId, config);
    if (place && resolve(place.root) !== resolve(equipment.localRoot)) {
      throw new LabferryError("not_a_run", `${runPath} is not below the root of ${equipmentId}`, {
        path: runPath,
        why: `runs of ${equipmentId} are below ${join(equipment.localRoot, equipmentId)}`,
        hint: "correct local_root in the configuration, or move the run",
      });
    }
    return { equipment, farDir: place?.layoutPath ?? layout!.layoutPath };
  }
}

async function* notingOverrides(
  places: AsyncIterable<PlaceAudit>,
  overridden: string[],
): AsyncGenerator<PlaceAudit> {
  for await (const place of places) {
    if (place.overrides.length > 0) overridden.push(place.path);
    yield place;
  }
}

/** The run's folder without links in its path, so that one run has one job. */
async function realRun(runPath: string): Promise<string> {
  const absolute = resolve(runPath);
  try {
    const info = await Deno.lstat(absolute);
    if (info.isDirectory) return await Deno.realPath(absolute);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new LabferryError("not_a_run", `${absolute} is not a folder`, {
    path: absolute,
    hint: "name the run's own folder",
  });
}

async function creationOf(runPath: string): Promise<Creation> {
  try {
    return await readCreation(recordPath(runPath, RECORD_FILES.creation));
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "record_missing") throw error;
    throw new LabferryError("not_a_run", `${runPath} has no creation.json`, {
      path: runPath,
      why: "without a record nobody can say later what it is",
      hint: "give it records with `labferry run adopt`, or send it by hand with `labferry ship`",
      cause: error,
    });
  }
}

function unknownEquipment(id: string, config: Config): LabferryError {
  const ids = config.equipment.map((equipment) => equipment.id).join(", ");
  return new LabferryError("unknown_equipment", `${id} is not in the configuration`, {
    why: `it has ${ids || "no equipment at all"}`,
    hint: "add the equipment to the configuration file; labferry never guesses whose a run is",
  });
}

function person(): string {
  return userInfo().username;
}
