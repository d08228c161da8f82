/** Files over there that are not in the list: reported, never touched. */
import {
  type CappedNames,
  type FarLook,
  type Job,
  MAX_LISTED,
  type RunFiles,
} from "../queue/mod.ts";
import { isLitter, isRecordPath } from "../records/mod.ts";
import type { FarEntry } from "../transports/mod.ts";
import { nameHabits } from "./name_habits.ts";
import { keepsEveryName, namesThere } from "./name_key.ts";
import type { FarWork } from "./work.ts";

export interface Extra {
  /** Somebody's files. */
  readonly strangers: CappedNames;
  /** What the NAS and its visitors leave beside data by themselves. */
  readonly litter: CappedNames;
}

/** Lists the far folder once; `onEntry` is shown each entry that is no record. */
export async function findExtra(
  job: Job,
  work: FarWork & { readonly onEntry?: (entry: FarEntry) => void },
): Promise<Extra> {
  const strangers = new Names();
  const litter = new Names();
  await using spellings = new OtherSpellings(job, work);
  for await (const entry of work.far.session.list(job.farDir)) {
    const { path, kind } = entry;
    if (isRecordPath(path)) continue;
    work.onEntry?.(entry);
    if (kind === "folder") continue;
    if (await spellings.areListed(path)) continue;
    (isLitter(path) ? litter : strangers).add(path);
  }
  return { strangers: strangers.sorted(), litter: litter.sorted() };
}

class Names {
  #count = 0;
  readonly #names: string[] = [];

  add(path: string): void {
    this.#count++;
    if (this.#names.length < MAX_LISTED) this.#names.push(path);
  }

  sorted(): CappedNames {
    return { count: this.#count, names: this.#names.sort() };
  }
}

/** A place may list our file in another case or composition; that is asked only when one turns up. */
class OtherSpellings implements AsyncDisposable {
  #look: FarLook | null = null;
  #keepsNames: boolean | null = null;
  readonly #files: RunFiles;

  constructor(
    private readonly job: Job,
    private readonly work: FarWork,
  ) {
    this.#files = work.context.queue.files(job.id);
  }

  async areListed(path: string): Promise<boolean> {
    if (this.#files.has(path)) return true;
    if (this.#keepsNames === null) {
      const habits = await nameHabits(this.job, this.work);
      this.#keepsNames = keepsEveryName(habits);
      if (!this.#keepsNames) {
        this.#look = await this.#files.beginLook(namesThere(habits));
        await this.#look.takeNames();
      }
    }
    return this.#look?.knows(path) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#look?.[Symbol.asyncDispose]();
  }
}
