/**
 * Walks the chain, the backups and the outline, and names the first thing that is not as it was
 * written. It repairs nothing and records nothing: an opening would turn a flipped bit into an edit
 * that was duly noted.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type AuditEvent, claimOf, type OutlineClaim } from "./audit_event.ts";
import { listBackups } from "./backups.ts";
import { type ChainHead, ownHashFits } from "./chain.ts";
import { CopiedHistory } from "./copied_history.ts";
import { type HistoryLine, readHistory } from "./history.ts";
import { sha256Of } from "./outline_text.ts";
import type { ReportFolder } from "./report_folder.ts";
import { lastKnownBackup, readOutline } from "./settle.ts";

export interface ReportBreak {
  readonly where: "audit" | "backup" | "outline";
  /** Line of `audit.jsonl`, or the backup's name. */
  readonly line: number | null;
  readonly file: string;
  readonly what: string;
}

export interface ReportVerification {
  readonly report_id: string;
  readonly ok: boolean;
  /** The first is where to look; later ones may only follow from it. */
  readonly breaks: readonly ReportBreak[];
  /** True things an auditor wants to know: edits by hand, lines of other programs, thinned backups. */
  readonly notes: readonly string[];
  readonly events: number;
  readonly backups: number;
  readonly head: ChainHead | null;
}

/** What another program may record without having changed the outline. */
const LEAVES_OUTLINE: ReadonlySet<string> = new Set(["render", "manual_edit_detected"]);

/** More than this many breaks say nothing new. */
const MOST_BREAKS = 100;

/** The caller holds the report's lock. */
export async function verifyReport(folder: ReportFolder): Promise<ReportVerification> {
  const walk = new ChainWalk(folder.id);
  for await (const line of readHistory(folder)) walk.take(line);
  for (const { line, what } of walk.copied.unexplained()) walk.broken(line, what);
  walk.notes.push(...walk.copied.notes);
  await checkOutline(folder, walk);
  const backups = await checkBackups(folder, walk);
  const order = { audit: 0, backup: 1, outline: 2 };
  const breaks = walk.breaks.toSorted((a, b) =>
    order[a.where] - order[b.where] || (a.line ?? 0) - (b.line ?? 0)
  );
  return {
    report_id: folder.id,
    ok: breaks.length === 0,
    breaks: breaks.slice(0, MOST_BREAKS),
    notes: walk.notes,
    events: walk.events,
    backups,
    head: walk.head,
  };
}

class ChainWalk {
  readonly breaks: ReportBreak[] = [];
  readonly notes: string[] = [];
  events = 0;
  head: ChainHead | null = null;
  claim: OutlineClaim | null = null;
  /** SHA-256 of each backup the history names. */
  readonly backups = new Map<string, string>();
  /** Thinned out, as recorded: allowed to be missing. */
  readonly removed = new Set<string>();
  /** Every state of the outline the history knows. */
  readonly states = new Set<string>();
  #since = createHash("sha256");
  #seq = 0;
  #foreign = 0;
  readonly copied: CopiedHistory;
  /** The last event of ours. */
  last: AuditEvent | null = null;
  /** True when another program has recorded a change since. */
  isChangedElsewhere = false;

  constructor(private readonly reportId: string) {
    this.copied = new CopiedHistory(reportId);
  }

  take(line: HistoryLine): void {
    this.events++;
    if (line.chain) this.#takeChained(line, line.chain);
    else if (line.fault) this.broken(line.number, line.fault);
    else this.#takeForeign(line.event!);
    if (line.event) this.copied.take(line.number, line.event);
    this.#since.update(line.bytes);
  }

  broken(line: number, what: string): void {
    this.breaks.push({ where: "audit", line, file: "audit.jsonl", what: `line ${line}: ${what}` });
  }

  /** Lines since the last chained one; the next opening covers them. */
  get uncovered(): number {
    return this.#foreign;
  }

  #takeForeign({ action_type }: AuditEvent): void {
    this.#foreign++;
    if (!LEAVES_OUTLINE.has(action_type)) this.isChangedElsewhere = true;
  }

  #takeChained({ number, bytes, event }: HistoryLine, chain: NonNullable<HistoryLine["chain"]>) {
    if (!ownHashFits(bytes, chain)) this.broken(number, "it was changed after it was written");
    if (chain.seq !== this.#seq + 1) {
      this.broken(number, `it is event ${chain.seq} of the chain, but ${this.#seq + 1} was due`);
    }
    if (chain.prev !== this.#since.digest("hex")) {
      this.broken(number, "what stands before it is not what stood there when it was written");
    }
    this.#seq = chain.seq;
    this.#since = createHash("sha256");
    if (this.#foreign > 0) {
      this.notes.push(`${this.#foreign} lines of another program before line ${number}`);
    }
    this.#foreign = 0;
    this.isChangedElsewhere = false;
    this.last = event;
    this.head = { report_id: this.reportId, seq: chain.seq, hash: chain.hash };
    const claim = claimOf(event!);
    const hole = this.claim !== null && claim.sha256Before !== this.claim.sha256After;
    if (hole) this.broken(number, "it does not begin where the event before it ended");
    this.claim = claim;
    this.#takeClaim(number, event!);
  }

  #takeClaim(line: number, event: AuditEvent): void {
    const { payload, report_id } = event;
    const claim = claimOf(event);
    if (claim.sha256Before) this.states.add(claim.sha256Before);
    if (claim.sha256After) this.states.add(claim.sha256After);
    // The backups of a report that this one was copied from stay with it.
    const isOwn = report_id === this.reportId;
    if (isOwn && claim.backupFilename && claim.sha256Before) {
      this.backups.set(claim.backupFilename, claim.sha256Before);
    }
    const adopted = payload["backups"];
    if (isOwn && typeof adopted === "object" && adopted !== null) {
      for (const [name, sha256] of Object.entries(adopted)) {
        if (!this.backups.has(name)) this.backups.set(name, String(sha256));
      }
    }
    const removed = payload["removed"];
    if (Array.isArray(removed)) { for (const name of removed) this.removed.add(String(name)); }
    const noted = ["manual_edit", "changed_by_another_program", "never_landed", "first_seen"];
    if (noted.includes(String(payload["reason"])) || payload["torn_line"] !== undefined) {
      this.notes.push(`line ${line}: ${payload["words"]}`);
    }
  }
}

async function checkOutline(folder: ReportFolder, walk: ChainWalk): Promise<void> {
  const { sha256, fault } = await readOutline(folder);
  if (walk.uncovered > 0) {
    walk.notes.push(`${walk.uncovered} lines of another program at the end; opening covers them`);
  }
  if (sha256 !== null && sha256 === walk.claim?.sha256After) {
    if (fault) walk.notes.push("the outline cannot be read, and the history says so");
    return;
  }
  const broken = (what: string) =>
    walk.breaks.push({ where: "outline", line: null, file: "outline.json", what });
  if (sha256 !== null && !fault && walk.isChangedElsewhere) {
    walk.notes.push("another program changed the outline and told of it; opening covers that");
    return;
  }
  if (walk.claim === null) return void broken("the history has no chain yet; open the report once");
  if (sha256 === walk.claim.sha256After) return;
  if (sha256 === walk.claim.sha256Before) {
    walk.notes.push("the last change was interrupted; opening the report records that");
    return;
  }
  broken(
    sha256 === null
      ? "the outline is missing"
      : "the outline is not the one the history ends with: it was changed outside labferry",
  );
}

/** The number of backups that are as they were written. */
async function checkBackups(folder: ReportFolder, walk: ChainWalk): Promise<number> {
  const broken = (name: string, what: string) =>
    walk.breaks.push({ where: "backup", line: null, file: `backups/${name}`, what });
  const there = new Set<string>();
  const theirsFrom = walk.isChangedElsewhere ? lastKnownBackup(walk.last) : null;
  let sound = 0;
  let theirs = 0;
  for (const { name } of await listBackups(folder)) {
    there.add(name);
    const sha256 = sha256Of(await Deno.readFile(join(folder.backupsDir, name)));
    const expected = walk.backups.get(name);
    // A crash before the event leaves a backup no event names; its bytes are a state we know.
    const fits = expected === undefined ? walk.states.has(sha256) : sha256 === expected;
    if (fits) sound++;
    else if (expected === undefined && theirsFrom !== null && name > theirsFrom) theirs++;
    else {
      broken(
        name,
        expected === undefined
          ? `backup ${name} is explained by no event`
          : `backup ${name} was changed after it was written`,
      );
    }
  }
  for (const name of walk.backups.keys()) {
    if (!there.has(name) && !walk.removed.has(name)) broken(name, `backup ${name} is missing`);
  }
  if (theirs > 0) walk.notes.push(`${theirs} backups of another program; opening covers them`);
  if (walk.removed.size > 0) walk.notes.push(`${walk.removed.size} old backups were thinned out`);
  return sound;
}
