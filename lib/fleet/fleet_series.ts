/** The fleet as series, for a site that wants one file instead of two hundred. */
import { exposition, type Family } from "./exposition.ts";
import { TROUBLES } from "./findings.ts";
import type { FleetStanding } from "./standing.ts";

export function fleetSeries({ hosts, red, read_at, unread }: FleetStanding): string {
  const gauge = (name: string, samples: Family["samples"]): Family => ({
    name,
    type: "gauge",
    help: "",
    samples,
  });
  return exposition([
    gauge("fleet_read_timestamp_seconds", [{ value: Date.parse(read_at) / 1_000 }]),
    gauge("fleet_hosts_red", [{ value: red }]),
    gauge("fleet_unread_places", [{ value: unread.length }]),
    gauge(
      "fleet_hosts",
      TROUBLES.map((trouble) => ({
        labels: { trouble },
        value: hosts.filter((host) => host.trouble === trouble).length,
      })),
    ),
    gauge(
      "fleet_host_red",
      hosts.map(({ host, id, trouble, is_red }) => ({
        labels: { host, id, trouble },
        value: is_red ? 1 : 0,
      })),
    ),
  ], { withHelp: false });
}
