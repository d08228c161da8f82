/**
 * Who asks: the account, the computer, and by which way. Beside the name that somebody typed, never in its
 * place; it is no signature, and nobody was asked for a password.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { hostname } from "node:os";
import { accountName } from "../base/mod.ts";

export interface Asker {
  /** The account under which the asking program runs; for the page the service's own. */
  readonly account: string;
  readonly host: string;
  readonly via: "cli" | "page";
}

const asking = new AsyncLocalStorage<Asker>();

/** What `work` asks is asked by them: the service works for many. */
export function askedBy<T>(
  asker: Pick<Asker, "via"> & { account: string | null },
  work: () => T,
): T {
  const account = asker.account ?? accountName();
  return asking.run({ account, host: hostname(), via: asker.via }, work);
}

/** Without a request it is this very program: a command. */
export function asker(): Asker {
  return asking.getStore() ?? { account: accountName(), host: hostname(), via: "cli" };
}

export function person(): string {
  return asker().account;
}

/** As a move's event keeps it. */
export function personally(): { readonly by: string; readonly host: string; readonly via: string } {
  const { account, host, via } = asker();
  return { by: account, host, via };
}
