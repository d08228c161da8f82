/** `labferry fleet` as a person starts it, over the heartbeats of 200 computers, each at two bases. */
import { join } from "node:path";
import { beatOf, leave } from "../../tests/fleet/fleet_folder.ts";
import type { Figure } from "./figures.ts";
import { median, run } from "./pair.ts";

const HOSTS = 200;

export async function fleetRow(
  dir: string,
  { program, rounds }: { readonly program: readonly string[]; readonly rounds: number },
): Promise<Figure> {
  const nas = join(dir, "fleet");
  for (let i = 0; i < HOSTS; i++) {
    const written_at = new Date().toISOString();
    const needs = Array.from({ length: 20 }, (_, n) => ({
      equipment: `EQ_${i}`,
      run: `Project ${n}/Runs/Run_2026-04-17T14-${String(n).padStart(2, "0")}`,
      code: "hash_mismatch",
    }));
    for (const part of ["A", "B"]) {
      const beat = beatOf(`pc-${i}`, { written_at, equipment: { id: `EQ_${i}_${part}` } });
      await leave(join(nas, `EQ_${i}_${part}`), { ...beat, needs_person: needs }, written_at);
    }
  }
  const taken: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const started = performance.now();
    await run(program[0]!, [...program.slice(1), "fleet", nas]);
    if (round > 0) taken.push(performance.now() - started);
  }
  await Deno.remove(nas, { recursive: true });
  return {
    name: `labferry fleet over ${HOSTS} computers at two bases each, start included`,
    measured: `${median(taken).toFixed(0)} ms`,
    goal: "≤ 500 ms",
  };
}
