/**
 * How a browser gets to change things: `labferry open` asks the service (with the token) for a
 * one-time link, the link buys an HttpOnly, SameSite=Strict cookie, and the cookie ends with the
 * service. The token itself never reaches a browser.
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../base/mod.ts";

/** A link is meant for the browser that opens right now. */
const LINK_LIFE_MS = 60_000;
const MOST_SESSIONS = 100;

export class Sessions {
  #links = new Map<string, number>();
  #sessions = new Set<string>();

  constructor(private readonly clock: Clock) {}

  /** The secret of a link that works once, within a minute unless told otherwise. */
  createLink(lifeMs = LINK_LIFE_MS): string {
    this.#forgetOldLinks();
    const secret = randomBytes(24).toString("base64url");
    this.#links.set(secret, this.clock.monotonicMs() + lifeMs);
    return secret;
  }

  /** The session a link buys; null when it was used, is too old, or never was. */
  redeem(link: string): string | null {
    this.#forgetOldLinks();
    if (!this.#links.delete(link)) return null;
    const session = randomBytes(24).toString("base64url");
    this.#sessions.add(session);
    for (const oldest of this.#sessions) {
      if (this.#sessions.size <= MOST_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    return session;
  }

  isSession = (value: string): boolean => this.#sessions.has(value);

  #forgetOldLinks(): void {
    const nowMs = this.clock.monotonicMs();
    for (const [link, untilMs] of this.#links) if (untilMs < nowMs) this.#links.delete(link);
  }
}
