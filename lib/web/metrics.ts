/** `/metrics` in Prometheus' text format; every name begins with `labferry_`. */
import type { StatusView } from "./views.ts";

export function metricsText(status: StatusView): string {
  const lines = [
    "# HELP labferry_jobs Runs in each state.",
    "# TYPE labferry_jobs gauge",
    ...Object.entries(status.counts).map(([state, count]) =>
      `labferry_jobs{state="${label(state)}"} ${count}`
    ),
    "# HELP labferry_destination_up 1 while the destination answers and is the one it should be.",
    "# TYPE labferry_destination_up gauge",
    ...status.destinations.map(({ name, state }) =>
      `labferry_destination_up{name="${label(name)}"} ${state === "down" ? 0 : 1}`
    ),
    "# HELP labferry_paused 1 for an equipment (or * for all) whose transfers are paused.",
    "# TYPE labferry_paused gauge",
    ...status.paused.map((scope) => `labferry_paused{equipment="${label(scope)}"} 1`),
  ];
  return `${lines.join("\n")}\n`;
}

function label(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
