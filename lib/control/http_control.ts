/** The running daemon as a `Control`: every question is a request to its API on loopback. */
import { errorAsKept, LabferryError } from "../base/mod.ts";
import { resolve } from "node:path";
import type { ListedOverride } from "../gate/mod.ts";
import type { Control, JobFilter, RetriedAll, RetryOptions } from "./control.ts";
import type { GateControl, OverrideDraft, ProblemsView, RevocationDraft } from "./gate_control.ts";
import type { EventView, JobView, StatusView } from "./views.ts";

/** An answer is one read of the queue; a daemon that needs longer is not well. */
const ANSWER_MS = 30_000;

export class HttpControl implements Control, GateControl {
  constructor(private readonly baseUrl: string, private readonly token: () => Promise<string>) {}

  status(): Promise<StatusView> {
    return this.#ask("GET", "/status");
  }

  async jobs({ states, equipmentId, limit }: JobFilter): Promise<readonly JobView[]> {
    const query = new URLSearchParams();
    if (states) query.set("state", states.join(","));
    if (equipmentId) query.set("equipment", equipmentId);
    if (limit) query.set("limit", String(limit));
    return (await this.#ask<{ jobs: JobView[] }>("GET", `/jobs?${query}`)).jobs;
  }

  job(ref: string): Promise<JobView> {
    return this.#ask("GET", `/lookup?${new URLSearchParams({ run: ref })}`);
  }

  async history(ref: string): Promise<readonly EventView[]> {
    return (await this.#ask<{ events: EventView[] }>("GET", `/jobs/${await this.#id(ref)}/history`))
      .events;
  }

  enqueue(runPath: string): Promise<{ job: JobView; created: boolean }> {
    return this.#ask("POST", "/enqueue", { run: resolve(runPath) });
  }

  async retry(ref: string, { acceptMissing }: RetryOptions = {}): Promise<JobView> {
    const body = acceptMissing ? { accept_missing: acceptMissing } : undefined;
    return await this.#ask("POST", `/jobs/${await this.#id(ref)}/retry`, body, null);
  }

  /** Destinations are asked on the way, and one that is off takes its time. */
  retryAll(): Promise<RetriedAll> {
    return this.#ask("POST", "/retry", undefined, null);
  }

  async cancel(ref: string): Promise<JobView> {
    return await this.#ask("POST", `/jobs/${await this.#id(ref)}/cancel`);
  }

  /** A pass over a large run takes its time; the request stays open as long as it does. */
  async verify(ref: string): Promise<JobView> {
    return await this.#ask("POST", `/jobs/${await this.#id(ref)}/verify`, undefined, null);
  }

  async pin(ref: string, pinned: boolean): Promise<JobView> {
    return await this.#ask("POST", `/jobs/${await this.#id(ref)}/${pinned ? "pin" : "unpin"}`);
  }

  async pause(scope: string): Promise<void> {
    await this.#ask("POST", "/pause", { equipment: scope });
  }

  async resume(scope: string): Promise<void> {
    await this.#ask("POST", "/resume", { equipment: scope });
  }

  problems(): Promise<ProblemsView> {
    return this.#ask("GET", "/problems");
  }

  async overrides(runPath: string): Promise<readonly ListedOverride[]> {
    const query = new URLSearchParams({ run: resolve(runPath) });
    return (await this.#ask<{ overrides: ListedOverride[] }>("GET", `/overrides?${query}`))
      .overrides;
  }

  async addOverride(runPath: string, draft: OverrideDraft): Promise<readonly ListedOverride[]> {
    const body = { run: resolve(runPath), ...draft };
    return (await this.#ask<{ overrides: ListedOverride[] }>("POST", "/overrides", body)).overrides;
  }

  async revokeOverride(
    runPath: string,
    draft: RevocationDraft,
  ): Promise<readonly ListedOverride[]> {
    const body = { run: resolve(runPath), ...draft };
    return (await this.#ask<{ overrides: ListedOverride[] }>("POST", "/overrides/revoke", body))
      .overrides;
  }

  /** The path of a one-time link that opens the page with the right to change things. */
  async sessionLink(): Promise<string> {
    return (await this.#ask<{ path: string }>("POST", "/session-link")).path;
  }

  async #id(ref: string): Promise<string> {
    return encodeURIComponent((await this.job(ref)).id);
  }

  async #ask<T>(
    method: "GET" | "POST",
    path: string,
    body?: unknown,
    limitMs: number | null = ANSWER_MS,
  ): Promise<T> {
    const response = await this.#fetch(method, path, { body, limitMs });
    const answer = await response.json();
    if (response.ok) return answer as T;
    throw errorAsKept({
      code: answer.code ?? "internal",
      message: answer.detail ?? `the daemon answered ${response.status}`,
      hint: answer.hint,
    });
  }

  /** Asking needs none, so that a lost token, or another account's, does not hide how things are. */
  async #rights(method: string): Promise<Record<string, string>> {
    return method === "GET" ? {} : { "Authorization": `Bearer ${await this.token()}` };
  }

  async #fetch(
    method: string,
    path: string,
    { body, limitMs }: { body: unknown; limitMs: number | null },
  ): Promise<Response> {
    try {
      return await fetch(new URL(`/api/v1${path}`, this.baseUrl), {
        method,
        headers: { "Content-Type": "application/json", ...await this.#rights(method) },
        ...(method === "POST" ? { body: JSON.stringify(body ?? {}) } : {}),
        ...(limitMs === null ? {} : { signal: AbortSignal.timeout(limitMs) }),
      });
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
