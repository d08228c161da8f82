/**
 * What the instrument states of the bytes it wrote, compared with those that are read here, in the same
 * reading as our own hash. A difference is a hard finding: the run is not called safe until a person has
 * looked at it and lets it pass by name (`origin_differs`).
 */
import { join } from "node:path";
import { turn } from "../base/mod.ts";
import { lstatOrNull, readOrNull } from "../disk/mod.ts";
import type { Finding } from "../gate/mod.ts";
import type {
  FileState,
  Job,
  OriginCounts,
  OtherAlgorithm,
  Queue,
  StatedHash,
} from "../queue/mod.ts";
import { RECORD_FILES, recordPath, setOwnFields } from "../records/mod.ts";
import { hashLocal, refuseChanged } from "./local_hash.ts";
import { mayHaveRecord } from "./record_status.ts";
import { MOST_STATED, originKindOf, statedHashes } from "./stated_hashes.ts";
import type { Work } from "./work.ts";

/** A file that states hashes and is larger states nothing: 64 MiB are half a million files. */
const LARGEST_BYTES = 64 * 1024 * 1024;
const MOST_READ = 100_000;
const BATCH = 500;
/** Differences told as findings; the counts are whole. */
const MOST_FINDINGS = 50;

/** Reads what the files of this generation state, once; nothing where the equipment's do not. */
export async function readStated(job: Job, work: Work): Promise<void> {
  const { context: { queue, origin }, signal } = work;
  const kinds = origin.get(job.equipmentId) ?? [];
  const [key, isRead] = [`origin:${job.id}`, `${job.generation} ${kinds.join()}`];
  if (kinds.length === 0 || queue.meta.get(key) === isRead) return;
  const hashes = queue.origin(job.id);
  let [read, stated] = [0, 0];
  for await (const file of queue.files(job.id).list("present")) {
    const kind = originKindOf(file.path, kinds);
    if (kind === null || read >= MOST_READ || stated >= MOST_STATED) continue;
    signal.throwIfAborted();
    read++;
    const text = await textOf(job, { ...file, context: work.context });
    if (text === null) continue;
    let batch: StatedHash[] = [];
    for (const one of statedHashes(file.path, { text, kind })) {
      if (++stated > MOST_STATED) break;
      batch.push(one);
      if (batch.length < BATCH) continue;
      hashes.state({ saidBy: file.path, generation: job.generation }, batch);
      batch = [];
      await turn();
    }
    hashes.state({ saidBy: file.path, generation: job.generation }, batch);
  }
  hashes.endOf(job.generation);
  queue.meta.set(key, isRead);
}

/** Null, and a line in the log, for what is no text of a sensible size. */
async function textOf(
  { dataDir, id }: Job,
  { path, sizeBytes, context }: FileState & Pick<Work, "context">,
): Promise<string | null> {
  const whole = join(dataDir, path);
  const info = await lstatOrNull(whole);
  const bytes = info?.isFile && Math.max(info.size, sizeBytes) <= LARGEST_BYTES
    ? await readOrNull(whole)
    : null;
  if (bytes !== null && bytes.length <= LARGEST_BYTES) return new TextDecoder().decode(bytes);
  context.log("info", "what the instrument states of its files cannot be read", { job: id, path });
  return null;
}

/** The same files, each with what else is to be computed while it is read. */
export function withOthers<File extends { readonly path: string }>(
  files: AsyncIterable<File>,
  { job: { id }, queue }: { readonly job: Pick<Job, "id">; readonly queue: Queue },
): AsyncIterable<File & { readonly others?: readonly OtherAlgorithm[] }> {
  const hashes = queue.origin(id);
  return {
    async *[Symbol.asyncIterator]() {
      const isStated = !hashes.isEmpty;
      for await (const file of files) {
        const others = isStated ? hashes.others(file.path) : [];
        yield others.length > 0 ? { ...file, others } : file;
      }
    },
  };
}

/**
 * Reads what was hashed before it was known what its instrument states (a head start, a generation
 * before); null where nothing is stated.
 */
export async function compareOrigin(
  job: Job,
  { context, signal }: Pick<Work, "context" | "signal">,
): Promise<OriginCounts | null> {
  const { queue } = context;
  const hashes = queue.origin(job.id);
  if (hashes.isEmpty) return null;
  const unread = withOthers({ [Symbol.asyncIterator]: () => hashes.unread() }, { job, queue });
  for await (const batch of hashLocal(job.dataDir, unread, { context, signal })) {
    refuseChanged(job, queue.files(job.id).setHashes(batch));
    hashes.setFound(batch);
  }
  return hashes.counts();
}

/** What the gate holds a run for; overrides decide whether it does. */
export function originFindings(
  job: Pick<Job, "id" | "runPath" | "dataDir">,
  queue: Queue,
): Finding[] {
  return queue.origin(job.id).differing(MOST_FINDINGS).map((
    { path, saidBy, algorithm, stated },
  ) => ({
    rule: "origin_differs",
    tier: "hard",
    run_path: job.runPath,
    offending_path: join(job.dataDir, path),
    offending_kind: "file_content",
    matched_token: stated,
    rule_detail: `${
      JSON.stringify(saidBy)
    } states another ${algorithm.toUpperCase()} or size of it`,
    synced_under_prior_policy: false,
    override_active: false,
  }));
}

/** Who reads the data later has no queue: the record says it too, and goes over there with the run. */
export async function recordOrigin(
  job: Job,
  { context: { queue }, signal }: Pick<Work, "context" | "signal">,
): Promise<void> {
  const origin = queue.origin(job.id).counts();
  if (origin === null || !await mayHaveRecord(job.runPath)) return;
  const path = recordPath(job.runPath, RECORD_FILES.creation);
  await setOwnFields(path, { origin: { ...origin } }, { signal });
}
