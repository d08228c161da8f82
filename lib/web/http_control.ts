/**
 * The running daemon as a `Control`: every question is a request to its API on loopback. It stands
 * beside the routes because its types are theirs: a route that changes is an error here.
 */
import { isAbsolute, resolve } from "node:path";
import { hc } from "hono/client";
import type { JSONValue } from "hono/utils/types";
import type { z } from "zod";
import { accountName, errorAsKept, LabferryError } from "../base/mod.ts";
import type {
  AcquiringView,
  CleanedView,
  Completed,
  Control,
  CustodyView,
  EventView,
  GateControl,
  JobFilter,
  JobView,
  OverrideDraft,
  ProblemsView,
  RestoredView,
  RestoreOptions,
  RetriedAll,
  RetryOptions,
  RevocationDraft,
  SessionView,
  StagedView,
  StatusView,
} from "../control/mod.ts";
import type { ListedOverride } from "../gate/mod.ts";
import { ACCOUNT_HEADER } from "./asker.ts";
import type { Api } from "./api.ts";
import { cursorOf } from "./cursor.ts";
import type { GateApi } from "./gate_api.ts";
import type { problemShape } from "./schemas/problem.ts";

/** An answer is one read of the queue; a daemon that needs longer is not well. */
const ANSWER_MS = 30_000;

/** A pass takes its time, and so does asking a destination that is off: the request stays open. */
const PATIENT = { init: { signal: new AbortController().signal } };

/** What the typed client gives back of a route. */
interface Answer<T> {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<T>;
}

/** JSON knows no `undefined`: what may be missing is missing. What may be anything stays so. */
type Sent<T> = JSONValue extends T ? T
  : T extends object ? { [K in keyof T]: Sent<Exclude<T[K], undefined>> }
  : T;

export class HttpControl implements Control, GateControl {
  readonly #token: () => Promise<string>;
  readonly #api: ReturnType<typeof hc<Api>>;
  readonly #gate: ReturnType<typeof hc<GateApi>>;

  constructor(baseUrl: string, token: () => Promise<string>) {
    this.#token = token;
    const base = new URL("/api/v1", baseUrl).href;
    const options = {
      fetch: (input: string | URL | Request, init?: RequestInit) => this.#fetch(input, init),
    };
    this.#api = hc<Api>(base, options);
    this.#gate = hc<GateApi>(base, options);
  }

  status(): Promise<StatusView> {
    return answerOf(this.#api.status.$get());
  }

  async jobs({ states, equipmentId, limit, after }: JobFilter): Promise<readonly JobView[]> {
    const query = {
      ...(states ? { state: states.join(",") } : {}),
      ...(equipmentId ? { equipment: equipmentId } : {}),
      ...(limit ? { limit: String(limit) } : {}),
      ...(after === undefined ? {} : { cursor: cursorOf("jobs", after) }),
    };
    return (await answerOf(this.#api.jobs.$get({ query }))).jobs;
  }

  /** The service knows ids and whole paths; a relative one begins in the folder of whoever asks. */
  async job(ref: string): Promise<JobView> {
    try {
      return await this.#lookUp(ref);
    } catch (error) {
      const isUnknown = error instanceof LabferryError && error.code === "unknown_run";
      if (!isUnknown || isAbsolute(ref)) throw error;
      return await this.#lookUp(resolve(ref));
    }
  }

  #lookUp(ref: string): Promise<JobView> {
    return answerOf(this.#api.lookup.$get({ query: { run: ref } }));
  }

  async history(ref: string): Promise<readonly EventView[]> {
    const param = await this.#param(ref);
    return (await answerOf(this.#api.jobs[":id"].history.$get({ param }))).events;
  }

  enqueue(runPath: string): Promise<{ job: JobView; created: boolean }> {
    return answerOf(this.#api.enqueue.$post({ json: { run: resolve(runPath) } }));
  }

  acquiring(runPath: string): Promise<AcquiringView> {
    return answerOf(this.#api.acquiring.$get({ query: { run: resolve(runPath) } }));
  }

  dismiss(runPath: string): Promise<AcquiringView> {
    return answerOf(this.#api.dismiss.$post({ json: { run: resolve(runPath) } }));
  }

  complete(runPath: string): Promise<Completed> {
    return answerOf(this.#api.complete.$post({ json: { run: resolve(runPath) } }));
  }

  async retry(ref: string, { acceptMissing }: RetryOptions = {}): Promise<JobView> {
    const param = await this.#param(ref);
    const json = acceptMissing ? { accept_missing: { ...acceptMissing } } : {};
    return await answerOf(this.#api.jobs[":id"].retry.$post({ param, json }, PATIENT));
  }

  retryAll(): Promise<RetriedAll> {
    return answerOf(this.#api.retry.$post({}, PATIENT));
  }

  async cancel(ref: string): Promise<JobView> {
    return await answerOf(this.#api.jobs[":id"].cancel.$post({ param: await this.#param(ref) }));
  }

  async verify(ref: string): Promise<JobView> {
    const param = await this.#param(ref);
    return await answerOf(this.#api.jobs[":id"].verify.$post({ param }, PATIENT));
  }

  async pin(ref: string, pinned: boolean): Promise<JobView> {
    const param = await this.#param(ref);
    const job = this.#api.jobs[":id"];
    return await answerOf(pinned ? job.pin.$post({ param }) : job.unpin.$post({ param }));
  }

  destinationMoved(equipmentId: string): Promise<{ readonly runs: number }> {
    const param = { equipment: encodeURIComponent(equipmentId) };
    return answerOf(this.#api.destinations[":equipment"].moved.$post({ param }, PATIENT));
  }

  async why(ref: string): Promise<CustodyView> {
    const param = await this.#param(ref);
    return await answerOf(this.#api.jobs[":id"].custody.$get({ param }));
  }

  async clean(ref: string): Promise<CleanedView> {
    const param = await this.#param(ref);
    return await answerOf(this.#api.jobs[":id"].clean.$post({ param }, PATIENT));
  }

  async sessions(): Promise<readonly SessionView[]> {
    return (await answerOf(this.#api.sessions.$get())).sessions;
  }

  async staged(): Promise<readonly StagedView[]> {
    return (await answerOf(this.#api.staging.$get())).runs;
  }

  async clearStaged(ref: string): Promise<CleanedView> {
    const param = await this.#param(ref);
    return await answerOf(this.#api.jobs[":id"].clear.$post({ param }, PATIENT));
  }

  async restore(ref: string, { to, only }: RestoreOptions = {}): Promise<RestoredView> {
    const param = await this.#param(ref);
    const json = {
      ...(to === undefined ? {} : { to: resolve(to) }),
      ...(only ? { only: [...only] } : {}),
    };
    return await answerOf(this.#api.jobs[":id"].restore.$post({ param, json }, PATIENT));
  }

  async deletable(): Promise<readonly CustodyView[]> {
    return (await answerOf(this.#api.deletable.$get())).runs;
  }

  async pause(scope: string): Promise<void> {
    await answerOf(this.#api.pause.$post({ json: { equipment: scope } }));
  }

  async resume(scope: string): Promise<void> {
    await answerOf(this.#api.resume.$post({ json: { equipment: scope } }));
  }

  problems(): Promise<ProblemsView> {
    return answerOf(this.#gate.problems.$get({ query: {} }));
  }

  async overrides(runPath: string): Promise<readonly ListedOverride[]> {
    const query = { run: resolve(runPath) };
    return (await answerOf(this.#gate.overrides.$get({ query }))).overrides;
  }

  async addOverride(runPath: string, draft: OverrideDraft): Promise<readonly ListedOverride[]> {
    const json = { run: resolve(runPath), ...draft };
    return (await answerOf(this.#gate.overrides.$post({ json }))).overrides;
  }

  async revokeOverride(
    runPath: string,
    draft: RevocationDraft,
  ): Promise<readonly ListedOverride[]> {
    const json = { run: resolve(runPath), ...draft };
    return (await answerOf(this.#gate.overrides.revoke.$post({ json }))).overrides;
  }

  /** The path of a one-time link that opens the page with the right to change things. */
  async sessionLink(): Promise<string> {
    return (await answerOf(this.#api["session-link"].$post())).path;
  }

  /** Asks the service to end; it has not ended yet when this returns. */
  async stop(): Promise<void> {
    await answerOf(this.#api.stop.$post());
  }

  async #param(ref: string): Promise<{ id: string }> {
    return { id: encodeURIComponent((await this.job(ref)).id) };
  }

  /** Asking needs no token, so that a lost one, or another account's, does not hide how things are. */
  async #fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (init.method !== "GET") {
      headers.set("Authorization", `Bearer ${await this.#token()}`);
      headers.set(ACCOUNT_HEADER, encodeURIComponent(accountName()));
    }
    try {
      const signal = init.signal ?? AbortSignal.timeout(ANSWER_MS);
      return await fetch(input, { ...init, headers, signal });
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
      throw new LabferryError("daemon_silent", "The labferry daemon does not answer", {
        why: error.message,
        hint: "see its log (app.log in the state directory), or restart the service",
        cause: error,
      });
    }
  }
}

/** @throws LabferryError as the daemon's problem+json says it */
async function answerOf<T>(asked: Promise<Answer<T>>): Promise<Sent<T>> {
  const response = await asked;
  if (response.ok) return await response.json() as Sent<T>;
  const problem = await response.json() as Partial<z.infer<typeof problemShape>>;
  throw errorAsKept({
    code: problem.code ?? "internal",
    message: problem.detail ?? `the daemon answered ${response.status}`,
    hint: problem.hint,
  }, problem.path === undefined ? {} : { path: problem.path });
}
