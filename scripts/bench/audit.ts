/** The gate's audit of 100,000 files in 2,000 runs against `find -printf`, first and repeated. */
import { join } from "node:path";
import { AuditCache, auditTree } from "../../lib/gate/mod.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import { createCreation, recordPath, unknownLimsProject } from "../../lib/records/mod.ts";
import { measure, type PairResult, run } from "./pair.ts";

const RUNS = 2_000;
const FILES = 50;
const NOTHING = () => Promise.resolve();

export async function auditResults(dir: string, rounds: number): Promise<PairResult[]> {
  const root = join(dir, "lab");
  await makeLab(root);
  const find = () => run("find", [root, "-printf", "%p %s %T@\n"]);
  const audit = async (cache: AuditCache) => {
    for await (const place of auditTree(root, { cache, roots: [root] })) {
      if (place.problems.length > 0) throw new Error(`could not judge ${place.path}`);
    }
  };
  const warm = new AuditCache();
  const walk = async () => {
    using pool = new DiskPool();
    for await (const _ of pool.walkTree(root));
  };
  return [
    await measure({
      name: "scan of 100,000 files / find -printf",
      budget: 2,
      reset: NOTHING,
      ours: walk,
      theirs: find,
    }, rounds),
    await measure({
      name: "first audit of 100,000 files / find -printf",
      budget: 2.5,
      reset: NOTHING,
      ours: () => audit(new AuditCache()),
      theirs: find,
    }, rounds),
    await measure({
      name: "repeated audit, nothing changed / find -printf",
      budget: 1.2,
      reset: NOTHING,
      ours: () => audit(warm),
      theirs: find,
    }, rounds),
  ];
}

async function makeLab(root: string): Promise<void> {
  for (let i = 0; i < RUNS; i++) {
    const leaf = `Run_2026-01-01T00-00-${i + 2}`;
    const path = join(root, "BENCH_01", `Project ${i % 20}`, "Runs", leaf);
    await Deno.mkdir(path, { recursive: true });
    await createCreation(recordPath(path, "creation.json"), {
      created_at: "2026-01-01T00:00:00Z",
      created_by: "bench",
      level: "run",
      run_kind: "experimental",
      lims_project: unknownLimsProject("Bench"),
      paths: { local: path, nas: "//nas" },
    });
    for (let file = 0; file < FILES; file++) {
      await Deno.writeTextFile(join(path, `f${file}.csv`), "a,b\n1,2\n");
    }
  }
}
