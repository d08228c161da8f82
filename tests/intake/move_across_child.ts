/**
 * A process that moves one run, and ends itself in the midst by SIGKILL:
 * `deno run -A move_across_child.ts CONFIG DIR STEP N` ends after the Nth time that STEP is done.
 */
import { loadConfig } from "../../lib/config/mod.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import { moveIn } from "../../lib/intake/move_in.ts";

if (import.meta.main) {
  const [configFile, dir, step, times] = Deno.args as [string, string, string, string];
  const { config } = await loadConfig({ path: configFile });
  using pool = new DiskPool();
  let left = Number(times);
  await moveIn(dir, {
    dir,
    equipment: config.equipment[0]!,
    project: "Cortex Q3",
    kind: "experimental",
    operator: "labferry",
    leafFor: (leaf) => Promise.resolve(leaf),
    seen: { wordOn: () => null, sayComplete: () => {} },
    pool,
    signal: new AbortController().signal,
    onStep(done) {
      if (done === step && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
    },
  });
}
