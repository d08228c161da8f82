/** What is looked at: one computer's configuration and state, and the ways to ask them. */
import type { Clock, LabferryError } from "../base/mod.ts";
import type { Config, Equipment, LoadedConfig } from "../config/mod.ts";
import type { DiskPool } from "../disk/mod.ts";
import type { Transport } from "../transports/mod.ts";
import type { Said } from "./line.ts";

export interface Patient {
  /** As it was loaded, or why it could not be: then only what needs no configuration is looked at. */
  readonly loaded: Pick<LoadedConfig, "config" | "path" | "notices"> | LabferryError;
  /** The state directory; it need not be there, and nothing is made of it. */
  readonly statePath: string;
  /** Put before the token of every child. */
  readonly tokenPrefix: string;
  /** ExLab-Wizard's configuration files that may be there. */
  readonly peerConfigs: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly pool: DiskPool;
  readonly transportOf: (equipment: Equipment) => Transport;
  /** Longest wait for one thing; a destination, which is asked many, has twice as long. */
  readonly waitMs: number;
  /** Bytes of all proven runs, whose far copies are read again; null where there is no queue. */
  readonly provenBytes: () => Promise<number | null>;
  /** Why this labferry would stay away from an instrument's runs; null: no other one looks after them. */
  readonly whoElseLooksAfter: (equipmentId: string) => Promise<LabferryError | null>;
  /** False: nothing is written at any destination. */
  readonly probes: boolean;
}

/** One thing that is looked at: a folder, an instrument's destination, a tool. */
export interface Subject<Facts> {
  readonly about: string | null;
  /** @default Patient.waitMs */
  readonly limitMs?: number;
  /** May hang: it is given up after the limit, and its signal aborted. */
  readonly gather: (signal: AbortSignal) => Promise<Facts>;
}

/** One check: what it looks at, and a pure verdict on what was found. */
export interface Check<Facts> {
  readonly name: string;
  readonly subjects: (patient: Patient) => readonly Subject<Facts>[];
  readonly judge: (facts: Facts) => readonly Said[];
}

/** The configuration, or null where there is none to look at. */
export function configIn({ loaded }: Patient): Config | null {
  return "config" in loaded ? loaded.config : null;
}

/** Roots of the instruments' data, each once; not another PC's share, on which nothing is written. */
export function localRoots(patient: Patient): string[] {
  const config = configIn(patient);
  if (config === null) return [];
  const { stagingRoot } = config.orchestrator;
  const own = config.equipment.filter(({ pull }) => pull === null);
  const roots = own.map(({ localRoot }) => localRoot);
  return [...new Set([...roots, ...(stagingRoot === null ? [] : [stagingRoot])])];
}
