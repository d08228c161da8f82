/** What a person asks to be done with runs. Each is a step of the machine under the person's name. */
import { counted, LabferryError } from "../base/mod.ts";
import {
  admit,
  type Admitted,
  heldNow,
  knownRunPath,
  runFolder,
  unknownEquipment,
} from "../intake/mod.ts";
import type { JobMoves, MachineEvent } from "../jobs/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import { acceptMissing, pauseScope, resumeScope } from "../sync/mod.ts";
import type { Completed, RetriedAll, RetryOptions } from "./control.ts";
import type { ControlHouse } from "./house.ts";
import { asker, person, personally } from "./person.ts";
import { retryAllRuns } from "./retry_all.ts";
import { RunJobs } from "./run_jobs.ts";
import { ALARM_ADVICE } from "./words.ts";
import { acquiringView } from "./acquiring.ts";
import type { AcquiringView, JobView } from "./views.ts";

/** Runs moved to another destination before the next are asked for. */
const PAGE = 200;

export class Commands {
  readonly #house: ControlHouse;
  readonly #queue: Queue;
  readonly #moves: JobMoves;
  readonly #jobs: RunJobs;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#queue = house.context.queue;
    this.#moves = house.dispatcher.moves;
    this.#jobs = new RunJobs(house);
  }

  async enqueue(runPath: string): Promise<{ job: JobView; created: boolean }> {
    const { job, created } = await this.#admitted(runPath);
    return { job: this.#jobs.viewNow(job), created };
  }

  async complete(path: string): Promise<Completed> {
    const { config, context, intake } = this.#house;
    const settle_seconds = config.sync.settleSeconds;
    const runPath = await runFolder(path);
    // Who says that a run is complete hears at once that the gate holds it, and why.
    const isNews = !this.#queue.jobs.byRun(runPath) && !await heldNow(runPath, context);
    if (isNews && intake?.sayComplete(runPath, { by: person() })) {
      return { job: null, created: false, settle_seconds };
    }
    return { ...await this.enqueue(runPath), settle_seconds };
  }

  async dismiss(path: string): Promise<AcquiringView> {
    const { seen } = this.#queue;
    const runPath = await knownRunPath(path);
    const by = person();
    const row = seen.dismiss(runPath, by) ? seen.of(runPath) : null;
    if (row === null) throw notWaiting(path);
    this.#house.context.log("info", "a run that is not complete is left alone, as a person said", {
      run: runPath,
      by,
    });
    return acquiringView(row, this.#house.context);
  }

  async retry(ref: string, { acceptMissing: word }: RetryOptions = {}): Promise<JobView> {
    const { context, destinations, dispatcher } = this.#house;
    const found = await this.#jobs.find(ref);
    if (word) await acceptMissing(found, { ...word, asker: asker() }, context);
    const job = await this.#retryWith(found, word !== undefined);
    // Whoever asks for one run asks for its destination too: it may be back.
    await dispatcher.probeNow(destinations.get(job.equipmentId)?.name ?? "");
    return this.#jobs.viewNow(job);
  }

  async retryAll(): Promise<RetriedAll> {
    const { asked, skipped } = await retryAllRuns({
      queue: this.#queue,
      isDown: (job) => this.#jobs.outsideHold(job)?.hold === "destination",
      retryOne: (job) => this.#retryOne(job),
      probe: () => this.#house.dispatcher.probeNow(),
    });
    const views = (jobs: readonly Job[]) => jobs.map((job) => this.#jobs.view(job));
    return { jobs: views(asked), skipped: views(skipped) };
  }

  async cancel(ref: string): Promise<JobView> {
    const reason = `cancelled by ${person()}`;
    const held = await this.#ask(ref, { type: "hold", hold: "cancelled", reason });
    await this.#house.dispatcher.interrupt((jobId) => jobId === held.id);
    return this.#jobs.view(held);
  }

  async verify(ref: string): Promise<JobView> {
    return this.#jobs.view(await this.#house.dispatcher.verify(await this.#jobs.find(ref)));
  }

  async pin(ref: string, pinned: boolean): Promise<JobView> {
    return this.#jobs.view(await this.#ask(ref, { type: "pin", pinned }));
  }

  async pause(scope: string): Promise<void> {
    this.#knownScope(scope);
    await pauseScope({ scope, by: person() }, this.#house.context);
    await this.#house.dispatcher.interrupt((_, equipmentId) =>
      scope === "*" || scope === equipmentId
    );
  }

  async destinationMoved(equipmentId: string): Promise<{ readonly runs: number }> {
    const { config, destinations, dispatcher } = this.#house;
    const destination = destinations.get(equipmentId);
    if (!destination) throw unknownEquipment(equipmentId, config);
    const { address } = destination.transport;
    await dispatcher.interrupt((_, id) => id === equipmentId);
    const page = () => this.#queue.jobs.ledElsewhere({ equipmentId, address, limit: PAGE });
    let runs = 0;
    for (let jobs = page(); jobs.length > 0; jobs = page()) {
      const event = { type: "destination_moved", destination: address } as const;
      for (const job of jobs) await this.#moves.ask(job, event, personally());
      runs += jobs.length;
    }
    await dispatcher.probeNow(destination.name);
    dispatcher.ring();
    return { runs };
  }

  async resume(scope: string): Promise<void> {
    this.#knownScope(scope);
    const { context, destinations, dispatcher } = this.#house;
    await resumeScope(scope, context);
    // Work at the NAS is what people pause for: whoever resumes means that it is back.
    await dispatcher.probeNow(scope === "*" ? undefined : destinations.get(scope)?.name);
    dispatcher.ring();
  }

  async #admitted(runPath: string): Promise<Admitted> {
    const { config, context, destinations, dispatcher } = this.#house;
    const moves = this.#moves;
    const asked = { config, context, destinations, moves, by: person(), isAsked: true };
    const admitted = await admit(runPath, asked);
    dispatcher.ring();
    return admitted;
  }

  async #ask(ref: string, event: MachineEvent): Promise<Job> {
    return await this.#moves.ask(await this.#jobs.find(ref), event, personally());
  }

  /** A run without a local copy has nothing to try again; with the word it gets a list without what is lost. */
  async #retryWith(job: Job, isAccepted: boolean): Promise<Job> {
    if (job.state !== "cleaned" || job.alarm === null) return await this.#retryOne(job);
    if (isAccepted) return (await this.#admitted(job.runPath)).job;
    throw new LabferryError("wrong_state", "There is no copy of this run here that could be sent", {
      path: job.runPath,
      why: `its far copy is damaged (${counted(job.alarm.files, "file")}), and it was let go here`,
      hint: ALARM_ADVICE,
    });
  }

  #retryOne(job: Job): Promise<Job> {
    return this.#moves.ask(job, { type: "retry" }, personally());
  }

  #knownScope(scope: string): void {
    const { config, destinations } = this.#house;
    if (scope !== "*" && !destinations.has(scope)) throw unknownEquipment(scope, config);
  }
}

function notWaiting(path: string): LabferryError {
  return new LabferryError("not_found", "No run there is waited for", {
    path,
    why: "it is in the queue already, or no equipment looks at that folder",
    hint: "`labferry status` names the runs that are being acquired, and those that are not taken",
  });
}
