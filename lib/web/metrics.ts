/** `/metrics` in Prometheus' text format; every name begins with `labferry_`. */
import { STATE_WORDS, type StatusView } from "../control/mod.ts";

const STATES = Object.entries(STATE_WORDS).map(([state, { words }]) => `${state}: ${words}`);

export function metricsText(status: StatusView): string {
  const lines = [
    `# HELP labferry_jobs Runs in each state (${STATES.join("; ")}).`,
    "# TYPE labferry_jobs gauge",
    ...Object.entries(status.counts).map(([state, count]) =>
      `labferry_jobs{state="${label(state)}"} ${count}`
    ),
    "# HELP labferry_jobs_not_proven Of the cleaned runs those that are not safe: their far copy is not proven since.",
    "# TYPE labferry_jobs_not_proven gauge",
    `labferry_jobs_not_proven ${status.not_proven}`,
    "# HELP labferry_jobs_alarmed Of the cleaned runs those whose far copy is damaged.",
    "# TYPE labferry_jobs_alarmed gauge",
    `labferry_jobs_alarmed ${status.alarmed}`,
    "# HELP labferry_passes_overdue Proven runs whose next comparison has been due for more than a day.",
    "# TYPE labferry_passes_overdue gauge",
    `labferry_passes_overdue ${status.overdue_passes.runs}`,
    "# HELP labferry_disk_free_bytes Room on the disk that holds the runs below root.",
    "# TYPE labferry_disk_free_bytes gauge",
    "# HELP labferry_disk_total_bytes Size of the disk that holds the runs below root.",
    "# TYPE labferry_disk_total_bytes gauge",
    ...status.storage.flatMap(({ roots, free_bytes, total_bytes }) => [
      `labferry_disk_free_bytes{root="${label(roots[0] ?? "")}"} ${free_bytes}`,
      `labferry_disk_total_bytes{root="${label(roots[0] ?? "")}"} ${total_bytes}`,
    ]),
    "# HELP labferry_jobs_handed_over Of the verified runs those that are not safe: they are not on the NAS yet.",
    "# TYPE labferry_jobs_handed_over gauge",
    `labferry_jobs_handed_over ${status.handed_over}`,
    "# HELP labferry_destination_up 1 while the destination answers and is the one it should be.",
    "# TYPE labferry_destination_up gauge",
    ...status.destinations.map(({ name, state }) =>
      `labferry_destination_up{name="${label(name)}"} ${state === "down" ? 0 : 1}`
    ),
    "# HELP labferry_paused 1 for an equipment (or * for all) whose transfers are paused.",
    "# TYPE labferry_paused gauge",
    ...status.paused.map((scope) => `labferry_paused{equipment="${label(scope)}"} 1`),
    "# HELP labferry_yielding 1 while transfers wait for the instrument's own software.",
    "# TYPE labferry_yielding gauge",
    `labferry_yielding ${status.yielding?.waits_for ? 1 : 0}`,
  ];
  return `${lines.join("\n")}\n`;
}

function label(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
