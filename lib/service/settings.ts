/** What a service's files are made from. */
import { LabferryError } from "../base/mod.ts";
import type { OsName } from "../config/mod.ts";

export const KINDS = ["systemd", "launchd", "windows"] as const;
export type Kind = typeof KINDS[number];

/** The computer's own service, or one account's, which runs while that account is logged in. */
export type Scope = "system" | "user";

export interface ServiceSettings {
  readonly kind: Kind;
  readonly scope: Scope;
  /** Program and arguments that stand for `labferry`; absolute. */
  readonly program: readonly string[];
  readonly configFile: string;
  readonly stateDir: string;
  /** The account of a system service; null: whoever the system takes (root). */
  readonly account: string | null;
  /** Where rclone, rsync and ssh are found; services have a short PATH of their own. */
  readonly path: string;
  readonly home: string;
  /** Null where it is not known: then a new one is taken for granted. */
  readonly systemdVersion: number | null;
}

export function kindOf(os: OsName): Kind {
  return ({ linux: "systemd", darwin: "launchd", windows: "windows" } as const)[os];
}

/** What is run, without a shell. */
export function daemonWords({ program, configFile, stateDir }: ServiceSettings): string[] {
  return [...program, "daemon", "--config", configFile, "--state-dir", stateDir];
}

/** Stands in every file: only what has it is replaced or removed. */
export const WRITTEN_BY = "written by labferry service install";

/** A line end in a path would begin a line of its own. @throws LabferryError `usage` */
export function refuseOddText(settings: ServiceSettings): void {
  const { kind, program, configFile, stateDir, account, path } = settings;
  // deno-lint-ignore no-control-regex
  const isOdd = (text: string) => /[\u0000-\u001f\u007f\ufffe\uffff]/.test(text);
  // systemd takes no program whose name has one of these.
  const isUnstartable = kind === "systemd" && /["'\\]/.test(program[0]!);
  const odd = [...program, configFile, stateDir, path].find(isOdd) ??
    (isUnstartable ? program[0] : undefined) ??
    (account !== null && /[^\w.@\\$ -]/.test(account) ? account : undefined);
  if (odd === undefined) return;
  throw new LabferryError("usage", `${JSON.stringify(odd)} cannot stand in a service's file`, {
    hint: "use a path or an account without control and special characters",
  });
}
