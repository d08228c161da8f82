/** Who may read and write what: the configuration, the state directory, the instruments' folders. */
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isThere, lstatOrNull, statOrNull } from "../../disk/mod.ts";
import { accessOf, type AccessSeen } from "../../process/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";
import { type Check, localRoots, type Patient } from "../patient.ts";

interface Facts {
  readonly path: string;
  readonly what: "configuration" | "state" | "token" | "root";
  readonly isThere: boolean;
  /** Permission bits; null on Windows, where they mean nothing. */
  readonly mode: number | null;
  /** On Windows: who else may read the token or change the configuration; null elsewhere. */
  readonly access: AccessSeen | null;
  /** Its owner, and the account that asks; null where the system has no such numbers. */
  readonly owner: number | null;
  readonly account: number | null;
  /** Only of folders: whether a file could be made in it (or, missing, in the nearest above it). */
  readonly refusal: { readonly message: string; readonly hint: string } | null;
}

export const PERMISSIONS: Check<Facts> = {
  name: "permissions",
  subjects: (patient) => {
    const { loaded, statePath } = patient;
    const files: [string, Facts["what"]][] = [
      ...("config" in loaded ? [[loaded.path, "configuration"] as [string, "configuration"]] : []),
      [statePath, "state"],
      [join(statePath, "token"), "token"],
      ...localRoots(patient).map((path): [string, "root"] => [path, "root"]),
    ];
    return files.map(([path, what]) => ({
      about: path,
      gather: (signal) => gather(path, { what, patient, signal }),
    }));
  },
  judge,
};

async function gather(
  path: string,
  { what, patient, signal }: {
    readonly what: Facts["what"];
    readonly patient: Patient;
    readonly signal: AbortSignal;
  },
): Promise<Facts> {
  const info = await (what === "root" ? statOrNull(path) : lstatOrNull(path));
  const unix = Deno.build.os !== "windows";
  const isFolder = what === "state" || what === "root";
  const folder = what === "state" ? await nearest(path) : path;
  return {
    path,
    what,
    isThere: info !== null,
    mode: unix ? modeOf(info) : null,
    access: !unix && (what === "token" || what === "configuration") && info !== null
      ? await accessOf(path, { scratch: tmpdir(), secret: what === "token" })
      : null,
    owner: unix ? info?.uid ?? null : null,
    account: unix ? Deno.uid() : null,
    refusal: isFolder && (what === "state" || info !== null)
      ? await refusalIn(folder, { patient, signal })
      : null,
  };
}

async function nearest(path: string): Promise<string> {
  let folder = path;
  while (!await isThere(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Making a file is the only honest question: bits know nothing of lists, shares and containers. */
async function refusalIn(
  folder: string,
  { patient, signal }: { readonly patient: Patient; readonly signal: AbortSignal },
): Promise<Facts["refusal"]> {
  const refused = await patient.pool.far({ kind: "try_writing", folder }, { signal });
  if (refused === null) return null;
  const { message, hint } = refused;
  return { message, hint: hint ?? `let the account that labferry runs as write in ${folder}` };
}

function judge(facts: Facts): readonly Said[] {
  switch (facts.what) {
    case "configuration":
      return [judgeConfiguration(facts)];
    case "state":
      return [judgeState(facts)];
    case "token":
      return judgeToken(facts);
    case "root":
      return [judgeRoot(facts)];
  }
}

/** It names programs that the service starts: whoever may write it may do what the service may. */
function judgeConfiguration({ path, mode, access }: Facts): Said {
  const list = access === null ? null : judgeAccess(path, { access, done: "changed" });
  if (list) return list;
  if (mode !== null && (mode & 0o022) !== 0) {
    return fault({
      code: "config_exposed",
      message: `${path} can be changed by other accounts (mode ${mode.toString(8)})`,
      hint: `chmod go-w ${path}`,
    });
  }
  return ok("only its owner can change it");
}

/** What a file's access list says on Windows; null when it lets nobody else do that. */
function judgeAccess(
  path: string,
  { access, done }: { readonly access: AccessSeen; readonly done: "read" | "changed" },
): Said | null {
  if ("unknown" in access) {
    return warning({
      code: "config_exposed",
      message: `by whom ${path} can be ${done} could not be seen: ${access.unknown}`,
      hint: `look at icacls "${path}"`,
    });
  }
  if (access.others.length === 0) return null;
  return fault({
    code: "config_exposed",
    message: `${path} can be ${done} by other accounts (${access.others.join(", ")})`,
    hint: done === "changed"
      ? `icacls "${path}" /inheritance:r /grant:r *S-1-5-32-544:F *S-1-5-18:F *S-1-5-32-545:R`
      : "restart the service, which closes its state directory; then remove the token and restart it " +
        "again, so that it makes a new one",
  });
}

function judgeState(facts: Facts): Said {
  const { path, isThere, mode, refusal } = facts;
  if (refusal) {
    return fault({ code: "state_dir_unusable", ...refusal });
  }
  if (!isThere) return ok("it is not there yet; the first command makes it");
  if (mode !== null && (mode & 0o022) !== 0) {
    return fault({
      code: "config_exposed",
      message: `${path} can be changed by other accounts (mode ${mode.toString(8)})`,
      hint: `chmod go-w ${path}`,
    });
  }
  return isAnothers(facts) ? anothers(path) : ok("can be written");
}

function judgeToken(facts: Facts): readonly Said[] {
  const { path, isThere, mode, access } = facts;
  // The first start makes it.
  if (!isThere) return [];
  if (mode !== null && (mode & 0o077) !== 0) {
    return [fault({
      code: "config_exposed",
      message: `${path} can be read by other accounts (mode ${mode.toString(8)})`,
      hint: `chmod 600 ${path}; restart the service after removing it, so that it makes a new one`,
    })];
  }
  const list = access === null ? null : judgeAccess(path, { access, done: "read" });
  if (list) return [list];
  return [ok("only its owner can read it")];
}

function judgeRoot({ path, isThere, refusal }: Facts): Said {
  if (!isThere) {
    return warning({
      code: "not_found",
      message: `${path} is not there: no run is found`,
      hint: "plug the disk in, mount the share, or correct local_root",
    });
  }
  if (refusal === null) return ok("can be written");
  return fault({ code: "permission_denied", ...refusal });
}

function isAnothers({ owner, account }: Facts): boolean {
  return owner !== null && account !== null && owner !== account;
}

function anothers(path: string): Said {
  return warning({
    code: "permission_denied",
    message: `${path} belongs to another account: what is said here is true of this one only`,
    hint: "run labferry doctor as the account the service runs as",
  });
}

function modeOf(info: Deno.FileInfo | null): number | null {
  return info === null || info.mode === null ? null : info.mode & 0o777;
}
