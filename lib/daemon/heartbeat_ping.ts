/**
 * What a dead-man's switch is told with each heartbeat, in the convention of Healthchecks
 * (https://healthchecks.io/docs/http_api/): a ping, `/fail` behind its address when a person is needed,
 * one line as the body. That nothing comes any more is what the other side notices.
 */
import { counted } from "../base/mod.ts";
import type { HeartbeatEquipment } from "../fleet/mod.ts";
import type { HostPulse } from "./heartbeat_facts.ts";
import type { Notice } from "./hooks.ts";

export function pingOf(pulse: Pick<HostPulse, "equipment" | "needs" | "destinations">): Notice {
  const troubles = [...pulse.equipment.values()].flatMap(({ id, far_damaged_files: damaged }) => {
    const needs = pulse.needs.get(id)?.length ?? 0;
    const down = pulse.destinations.find(({ name, up }) => name === id && !up);
    return [
      ...(damaged > 0 ? [`${id}: ${counted(damaged, "damaged file")} at the destination`] : []),
      ...(needs > 0 ? [`${id}: ${counted(needs, "run needs", "runs need")} attention`] : []),
      ...(down ? [`${id}: the destination is down (${down.reason ?? "no reason is known"})`] : []),
    ];
  });
  const waiting = [...pulse.equipment.values()].filter((one) => one.oldest_unsafe_at !== null);
  const calm = waiting.length === 0
    ? "all safe"
    : `not safe yet: ${waiting.map(waitingWords).join(", ")}`;
  return {
    event: "on_heartbeat",
    message: troubles.length === 0 ? calm : troubles.join("; ").replaceAll(/\s+/g, " "),
    equipment: [...pulse.equipment.keys()].join(", "),
    ...(troubles.length === 0 ? {} : { fail: "/fail" }),
  };
}

/** What no transfer will mend by itself is said apart. */
function waitingWords({ id, counts }: HeartbeatEquipment): string {
  const { not_proven: unproven = 0, handed_over: handedOver = 0 } = counts;
  const parts = [
    ...(unproven > 0 ? [`${counted(unproven, "run")} not proven`] : []),
    ...(handedOver > 0 ? [`${counted(handedOver, "run")} handed over, not on the NAS yet`] : []),
  ];
  return parts.length === 0 ? id : `${id} (${parts.join("; ")})`;
}
