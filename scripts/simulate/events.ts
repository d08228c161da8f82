/** What happens to a lab PC and its NAS, each by its weight; all of it is told in the story. */
import * as data from "./data_events.ts";
import * as nas from "./nas_events.ts";
import * as power from "./power_events.ts";
import * as back from "./restore_events.ts";
import * as service from "./service_events.ts";
import type { LifeEvent, Meanwhile } from "./hand.ts";

export const MEANWHILE: readonly (readonly [number, Meanwhile])[] = [
  [3, data.rotHere],
  [3, nas.rotThere],
  [3, nas.deleteThere],
  [1, nas.truncateThere],
  [2, nas.editThere],
  [3, nas.strangerThere],
  [2, nas.recordThere],
  [3, data.editHere],
  [2, data.addHere],
  [2, data.deleteHere],
  [2, data.renameHere],
  [3, power.powerThere],
];

const byHand = (event: Meanwhile): LifeEvent => (life) => life.world.byHand(() => event(life));

export const EVENTS: readonly (readonly [number, LifeEvent])[] = [
  [8, data.acquire],
  ...MEANWHILE.map(([weight, event]) => [weight * 0.7, byHand(event)] as const),
  [0.7, byHand(data.massChange)],
  [1, data.renameRun],
  [3, nas.unplug],
  [2, nas.reach],
  [2, nas.fill],
  [3, service.setClock],
  [2, service.pin],
  [2, service.pause],
  [2, service.shutGate],
  [1.5, service.openFile],
  [6, service.retry],
  [2, service.verify],
  [2, data.copyBack],
  [6, service.restart],
  [8, service.doomed],
  [2, service.harmQueue],
  [1, service.backup],
  [2, service.keptSinceBackup],
  [5, power.powerHere],
  [1.5, power.snapshot],
  [5, power.secondLabferry],
  [3, back.restore],
  [1.5, back.restoreFromThere],
];
