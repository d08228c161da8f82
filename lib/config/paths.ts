/**
 * Where the configuration and the state live, by system and by who asks. Pure functions of
 * (os, environment, service or user): every system's answer can be had and tested on any.
 */
import { posix, win32 } from "node:path";
import { LabferryError } from "../base/mod.ts";

export type OsName = "linux" | "darwin" | "windows";

export interface Whereabouts {
  readonly os: OsName;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True for the system's service, false for a person's own labferry. */
  readonly isService: boolean;
}

/** This machine's system; every Unix that is not macOS has Linux' places. */
export function osName(): OsName {
  return Deno.build.os === "windows" || Deno.build.os === "darwin" ? Deno.build.os : "linux";
}

/**
 * The files that are tried, in order, when none is named. A person without one of their own gets
 * the service's: `labferry status` then speaks of the labferry that runs on this PC.
 */
export function configSearchPaths(where: Whereabouts): string[] {
  const service = serviceConfig(where);
  const user = userConfig(where);
  // The service of macOS is a person's launch agent: it has no place of its own.
  const order = !where.isService ? [user, service] : [service ?? user];
  return order.filter((path) => path !== null);
}

/**
 * True when that is the service's own configuration. Whoever uses it means the service of this computer,
 * and its state: a state of their own would say "no runs yet" beside one that is full.
 */
export function isServiceConfig(path: string, where: Whereabouts): boolean {
  const service = serviceConfig(where);
  if (service === null) return false;
  return where.os === "windows"
    ? win32.normalize(path).toLowerCase() === service.toLowerCase()
    : posix.normalize(path) === service;
}

/** The file `config init` makes when none is named. */
export function defaultConfigPath(where: Whereabouts): string {
  const path = configSearchPaths(where)[0];
  if (path === undefined) throw noHome("the configuration", "--config or LABFERRY_CONFIG");
  return path;
}

function serviceConfig({ os, env }: Whereabouts): string | null {
  switch (os) {
    case "linux":
      return "/etc/labferry/config.yaml";
    case "darwin":
      return null;
    case "windows":
      return win32.join(programData(env), "labferry", "config.yaml");
  }
}

function userConfig({ os, env }: Whereabouts): string | null {
  const home = homeOf(os, env);
  switch (os) {
    case "linux": {
      const base = absolute(env.XDG_CONFIG_HOME) ?? (home && posix.join(home, ".config"));
      return base && posix.join(base, "labferry", "config.yaml");
    }
    case "darwin":
      return home && posix.join(home, "Library/Application Support/labferry/config.yaml");
    case "windows": {
      const base = windowsVariable(env, "APPDATA") ??
        (home && win32.join(home, "AppData", "Roaming"));
      return base && win32.join(base, "labferry", "config.yaml");
    }
  }
}

/** The state directory: `LABFERRY_STATE_DIR`, else the system's place for it. */
export function stateDir(where: Whereabouts): string {
  const named = where.os === "windows"
    ? windowsVariable(where.env, "LABFERRY_STATE_DIR")
    : where.env.LABFERRY_STATE_DIR || null;
  if (named !== null) return named;
  const path = where.isService && where.os !== "darwin" ? serviceState(where) : userState(where);
  if (path === null) throw noHome("the state directory", "--state-dir or LABFERRY_STATE_DIR");
  return path;
}

function serviceState({ os, env }: Whereabouts): string {
  return os === "windows" ? win32.join(programData(env), "labferry", "state") : "/var/lib/labferry";
}

function userState({ os, env }: Whereabouts): string | null {
  const home = homeOf(os, env);
  switch (os) {
    case "linux": {
      const base = absolute(env.XDG_STATE_HOME) ?? (home && posix.join(home, ".local/state"));
      return base && posix.join(base, "labferry");
    }
    case "darwin":
      return home && posix.join(home, "Library/Application Support/labferry");
    case "windows": {
      const base = windowsVariable(env, "LOCALAPPDATA") ??
        (home && win32.join(home, "AppData", "Local"));
      return base && win32.join(base, "labferry");
    }
  }
}

/** The home folder, as the environment has it; null for an account without one. */
export function homeOf(os: OsName, env: Whereabouts["env"]): string | null {
  return os === "windows" ? windowsVariable(env, "USERPROFILE") : absolute(env.HOME) ?? null;
}

/** XDG: "If an implementation encounters a relative path … it should … ignore it." */
function absolute(path: string | undefined): string | null {
  return path !== undefined && posix.isAbsolute(path) ? path : null;
}

function programData(env: Whereabouts["env"]): string {
  return windowsVariable(env, "PROGRAMDATA") ?? "C:\\ProgramData";
}

/** Windows has one variable for every spelling of its name (`ProgramData`, `PROGRAMDATA`). */
function windowsVariable(env: Whereabouts["env"], name: string): string | null {
  const key = Object.keys(env).find((other) => other.toUpperCase() === name);
  return (key !== undefined && env[key]) || null;
}

function noHome(what: string, how: string): LabferryError {
  return new LabferryError("usage", `${what} has no place`, {
    why: "this account has no home folder",
    hint: `name it with ${how}`,
  });
}
