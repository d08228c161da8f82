/**
 * A fresh folder for far bytes that have to make way. Which one it is, is written down before
 * anything is moved: after a kill the next delivery looks into it, and the timeline (and with it the
 * receipt) says what went there all the same.
 */
import { type Job, MAX_LISTED } from "../queue/mod.ts";
import type { FarConnection } from "./far_connection.ts";
import { supersededDir } from "./superseded.ts";
import type { FarWork, Work } from "./work.ts";

/** As the timeline's `set_aside` says it. */
export interface SetAside {
  /** Far folder below the base. */
  readonly into: string;
  readonly count: number;
  /** The first of them, as they were called below the far folder. */
  readonly names: readonly string[];
}

export class AsideFolder {
  readonly into: string;
  #count = 0;
  readonly #names: string[] = [];

  constructor(private readonly job: Job, private readonly work: Work) {
    this.into = AsideFolder.note(job, work);
  }

  /** Writes down which one it is going to be; one that is written down already stays the one. */
  static note(job: Job, { context: { queue, clock } }: Work): string {
    const noted = queue.meta.get(keyOf(job));
    if (noted !== null) return noted;
    const into = supersededDir(job.farDir, clock);
    queue.meta.set(keyOf(job), into);
    return into;
  }

  get count(): number {
    return this.#count;
  }

  /** Something was moved here, under its old name below the far folder. */
  take(path: string): void {
    this.#count++;
    if (this.#names.length < MAX_LISTED) this.#names.push(path);
  }

  /** All that had to move has moved: the timeline says what. */
  tell(): void {
    const { queue } = this.work.context;
    queue.together(() => {
      if (this.#count > 0) {
        const detail = { into: this.into, count: this.#count, names: this.#names };
        queue.timeline.note(this.job.id, { kind: "set_aside", detail });
      }
      queue.meta.forget(keyOf(this.job));
    }, { flush: false });
  }
}

/** What an interrupted delivery moved aside and could not say any more. */
export async function tellInterrupted(job: Job, work: FarWork): Promise<void> {
  const { queue } = work.context;
  const into = queue.meta.get(keyOf(job));
  if (into === null) return;
  const aside = await lookInto(into, work.far);
  queue.together(() => {
    if (aside.count > 0) {
      queue.timeline.note(job.id, { kind: "set_aside", detail: { ...aside } });
    }
    queue.meta.forget(keyOf(job));
  });
}

/** What lies in a folder of things that were set aside. */
async function lookInto(
  into: string,
  { session }: Pick<FarConnection, "session">,
): Promise<SetAside> {
  const names: string[] = [];
  let count = 0;
  for await (const { path, kind } of session.list(into)) {
    if (kind === "folder") continue;
    count++;
    if (names.length < MAX_LISTED) names.push(path);
  }
  return { into, count, names };
}

function keyOf({ id }: Pick<Job, "id">): string {
  return `aside:${id}`;
}
