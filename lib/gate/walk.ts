/** What every part of one audit is given: the settings, the time it began, what is known already. */
import { setImmediate } from "node:timers";
import { AuditCache } from "./audit_cache.ts";
import { ShareAnswers } from "./share_answers.ts";
import { DEFAULT_GATE_SETTINGS, type GateSettings } from "./settings.ts";
import { devicesWithHonestTimes } from "./trust.ts";

export interface AuditOptions {
  /** @default the configuration's defaults */
  readonly settings?: GateSettings;
  /** What earlier audits learned; it is brought up to date. @default nothing */
  readonly cache?: AuditCache;
  /** Every `local_root` and staging root; without them the tree's shape is guessed. */
  readonly roots?: readonly string[];
  /** The equipment below roots; without them every folder with a fitting name. */
  readonly equipmentIds?: readonly string[];
  /**
   * Where each equipment's runs go, by its id, for the length of paths there; for equipment that is
   * not among them the local path counts.
   */
  readonly destinationBases?: Readonly<Record<string, string>>;
  /** For `ship`: the folder is data whatever its place, and needs no records. */
  readonly loose?: boolean;
  readonly signal?: AbortSignal;
  /** How long a share may take for an answer. @default 30 s */
  readonly answerMs?: number;
  /** @default now */
  readonly now?: Date;
}

export interface Walk {
  readonly settings: GateSettings;
  readonly extensions: ReadonlySet<string>;
  readonly honestDevices: ReadonlySet<number>;
  readonly cache: AuditCache;
  /** Wall clock at which looking began; decides what was at rest, and which overrides count. */
  readonly now: Date;
  /** Where an equipment's runs go, by its id, as the far side names it. */
  readonly destinationBases: ReadonlyMap<string, string>;
  /** Ids of the equipment below a root; null takes every folder that could be one. */
  readonly equipmentIds: ReadonlySet<string> | null;
  readonly pace: Pace;
  readonly shares: ShareAnswers;
}

/** What holds for every folder of one tree (a run's, a project's) during one audit. */
export interface TreeContext {
  readonly walk: Walk;
  /** Links, pipes and devices are faults inside a run; elsewhere they are nobody's business. */
  readonly insideRun: boolean;
  /** Paths relative to the tree, with `/`, of files a template rendered. */
  readonly rendered: ReadonlySet<string>;
  /** Names at the top that belong to somebody else: records, a project's runs. */
  readonly skipAtTop: (entry: Deno.DirEntry) => boolean;
  /** What is skipped goes to another folder over there: its names meet none of these. */
  readonly goApart: boolean;
  /** Bytes the tree's own path has at the destination. */
  readonly farBytes: number;
}

export function walkFor(options: AuditOptions): Walk {
  const settings = options.settings ?? DEFAULT_GATE_SETTINGS;
  return {
    settings,
    extensions: new Set(settings.contentScanExtensions),
    honestDevices: devicesWithHonestTimes(),
    cache: options.cache ?? new AuditCache(),
    now: options.now ?? new Date(),
    destinationBases: new Map(Object.entries(options.destinationBases ?? {})),
    equipmentIds: options.equipmentIds ? new Set(options.equipmentIds) : null,
    pace: new Pace(options.signal),
    shares: new ShareAnswers(options.answerMs, options.signal),
  };
}

/** Longest time between two pauses; a page that is served meanwhile waits no longer. */
const SLICE_MS = 12;

/** Lets timers, requests and signals have their turn while an audit goes on. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #sliceEndsMs = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get isDue(): boolean {
    return performance.now() >= this.#sliceEndsMs;
  }

  /** A pause when one is due. @throws the signal's reason when it has aborted */
  async step(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (!this.isDue) return;
    // A timer of 0 ms would take 2 ms each time.
    await new Promise<void>((resolve) => void setImmediate(() => resolve()));
    this.#signal?.throwIfAborted();
    this.#sliceEndsMs = performance.now() + SLICE_MS;
  }
}
