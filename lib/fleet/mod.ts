/**
 * fleet: many PCs without a server. Each labferry leaves a small file of its own beside its data; here is
 * what stands in it, and how somebody reads the files of all of them, with nothing but the share.
 *
 * Invariants. Whoever reads changes nothing, needs no configuration, and believes no file: a torn one, a
 * newer one and one from a computer whose clock is wrong are things to tell. Series carry `host` and
 * neither HELP lines nor times, because a collector that reads two files drops one of them otherwise.
 *
 * Terms. *Heartbeat*: `<host>-<8 of id>.json` and `.prom` in `.labferry-fleet` at a base. *Head*: what every
 * version of the file has. *Stem*: the name that both files share.
 */
export { exposition, type Family, type Histogram, type Sample } from "./exposition.ts";
export { findHeartbeats } from "./find_heartbeats.ts";
export { fleetPage } from "./fleet_page.ts";
export { fleetSeries } from "./fleet_series.ts";
export {
  FLEET_DIR,
  fleetHost,
  type Heartbeat,
  HEARTBEAT_SCHEMA,
  heartbeatBytes,
  type HeartbeatEquipment,
  type HeartbeatHead,
  type HeartbeatReport,
  heartbeatStem,
  MOST_NEEDING,
  readHead,
} from "./heartbeat.ts";
export { seriesText } from "./series.ts";
export {
  type FleetStanding,
  fleetStanding,
  fleetWords,
  type HostStanding,
  isCalm,
  isOnTheWay,
} from "./standing.ts";
