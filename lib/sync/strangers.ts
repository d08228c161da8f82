/**
 * A far folder that belongs to another run, or to nobody labferry knows. Identical files were
 * adopted; when anything differs, or another's folder holds a file that is not of this run, it is
 * no copy of this run, and nothing is written there.
 */
import type { Job } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { obstacles } from "./far_look.ts";
import type { Owner } from "./owner.ts";
import type { LookWork } from "./work.ts";

const WHOSE: Readonly<Record<Owner["who"], string>> = {
  ours: "this run",
  nobody: "nobody labferry knows",
  "another run": "another run of this PC",
  "another installation": "another labferry installation",
};

/** @throws TransportError `destination_conflict` */
export async function refuseOthersFolder(
  job: Job,
  work: LookWork & { readonly owner: Owner },
): Promise<void> {
  const { owner, look } = work;
  let differing = 0;
  let example: string | null = null;
  for await (const { path } of obstacles(job, work)) {
    example ??= path;
    differing++;
  }
  const stranger = owner.who === "nobody" ? null : await look.firstUnknown();
  if (differing === 0 && stranger === null) return;
  const what = differing > 0
    ? `${differing} of its files differ`
    : "it holds a file that is not part of this run";
  throw new TransportError(
    "destination_conflict",
    "The destination already holds other data under this run's path",
    {
      path: `${job.destination}/${job.farDir}`,
      why: `it belongs to ${WHOSE[owner.who]}, and ${what}, e.g. ${
        JSON.stringify(example ?? stranger)
      }`,
      hint:
        "nothing was written; give this folder another name or move the one over there away, then `labferry retry RUN` (or the same `ship` again)",
    },
  );
}
