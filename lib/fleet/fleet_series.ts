/** The fleet as series, for a site that wants one file instead of two hundred. */
import { exposition, type Family } from "./exposition.ts";
import { type FleetStanding, TROUBLES } from "./standing.ts";

export function fleetSeries({ hosts, red, read_at }: FleetStanding): string {
  const gauge = (name: string, samples: Family["samples"]): Family => ({
    name: `fleet_${name}`,
    type: "gauge",
    help: "",
    samples,
  });
  return exposition([
    gauge("read_timestamp_seconds", [{ value: Date.parse(read_at) / 1_000 }]),
    gauge("hosts_red", [{ value: red }]),
    gauge(
      "hosts",
      TROUBLES.map((trouble) => ({
        labels: { trouble },
        value: hosts.filter((host) => host.trouble === trouble).length,
      })),
    ),
    gauge(
      "host_red",
      hosts.map(({ host, id, trouble, is_red }) => ({
        labels: { host, id, trouble },
        value: is_red ? 1 : 0,
      })),
    ),
  ], { withHelp: false });
}
