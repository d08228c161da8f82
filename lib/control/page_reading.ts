/** What the page reads beside what a script can ask (`Control`): answers made for looking at. */
import type { FilePage, FilesAsked } from "../queue/mod.ts";
import type { HomeView } from "./home_view.ts";
import type { PaceView } from "./pace_view.ts";
import type { RunDetail } from "./run_detail.ts";
import type { RoomView } from "./room_view.ts";
import type { RunListAsked, RunListView } from "./run_list.ts";

export interface PageReading {
  home(): Promise<HomeView>;
  /** @throws LabferryError `usage` for a filter that is none */
  runs(asked: RunListAsked): Promise<RunListView>;
  /** What the list can be filtered by. */
  filters(): Promise<RunFilters>;
  /** @throws LabferryError `unknown_run`, `ambiguous_job` */
  run(ref: string): Promise<RunDetail>;
  /** The disks, and the local copies on them. */
  room(): Promise<RoomView>;
  /** How much came, went and waited over time: the pictures. */
  pace(): Promise<PaceView>;
  files(ref: string, asked: FilesAsked): Promise<FilePage>;
}

export interface RunFilters {
  readonly equipment: readonly string[];
  /** By name, capped. */
  readonly projects: readonly string[];
}
