/**
 * `labferry-service.json` beside an equipment's records: which labferry looks after that tree. A second
 * one, on another computer that has the same share or in a copied state directory, reads it and stays
 * away (`rules.md` 11). It is of this tree alone: it is never sent, and belongs to no run.
 *
 * ```json
 * { "schema_version": "1.0", "installation": "…", "nonce": "…", "time": "…Z",
 *   "host": "flow-pc", "host_key": "…", "state_dir": "/var/lib/labferry",
 *   "contested_by": { "host": "flow-pc-2", "nonce": "…", "time": "…Z" } }
 * ```
 */
import { LabferryError } from "../base/mod.ts";
import { newRecordText, parseRecord } from "./record_file.ts";

/** Whose word it is: one start of one service, and when it said so last. */
export interface ClaimMark {
  readonly nonce: string;
  /** ISO 8601. */
  readonly time: string;
}

export interface ServiceClaim extends ClaimMark {
  readonly installation: string;
  /** The computer's name, for people. */
  readonly host: string;
  /** Its state directory there, as an absolute path. */
  readonly stateDir: string;
  /** The same for the same computer, whatever its name. */
  readonly hostKey: string;
  /** Another service of the same installation that found this claim: neither does anything then. */
  readonly contestedBy: (ClaimMark & { readonly host: string }) | null;
}

const MAJOR = "1";

export function claimText(claim: ServiceClaim): string {
  const { installation, nonce, time, host, hostKey, stateDir, contestedBy } = claim;
  return newRecordText({
    schema_version: `${MAJOR}.0`,
    installation,
    nonce,
    time,
    host,
    host_key: hostKey,
    state_dir: stateDir,
    ...(contestedBy ? { contested_by: contestedBy } : {}),
  });
}

/**
 * @throws LabferryError `malformed_record` for what is no claim, or one of a newer labferry: whoever
 * wrote it may be looking after the tree
 */
export function parseClaim(bytes: Uint8Array, path: string): ServiceClaim {
  const value = parseRecord(bytes, path).value as Record<string, unknown>;
  const texts = ["schema_version", "installation", "nonce", "time"].map((name) => value[name]);
  if (!texts.every((text) => typeof text === "string" && text !== "")) {
    throw unusable(path, "it does not say which labferry wrote it");
  }
  const [version, installation, nonce, time] = texts as string[];
  if (version!.split(".")[0] !== MAJOR) throw unusable(path, `it is of version ${version}`);
  return {
    installation: installation!,
    nonce: nonce!,
    time: time!,
    host: textOf(value["host"]),
    hostKey: textOf(value["host_key"]),
    stateDir: textOf(value["state_dir"]),
    contestedBy: contestOf(value["contested_by"]),
  };
}

/** Anything there means that somebody contests it. */
function contestOf(value: unknown): ServiceClaim["contestedBy"] {
  if (value === undefined || value === null) return null;
  const { host, nonce, time } = (typeof value === "object" ? value : {}) as Record<string, unknown>;
  return { host: textOf(host), nonce: textOf(nonce), time: textOf(time) };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function unusable(path: string, why: string): LabferryError {
  return new LabferryError("malformed_record", `${path} is not a usable record`, {
    why,
    path,
    hint: "The file was left as it is; see which labferry looks after this tree.",
  });
}
