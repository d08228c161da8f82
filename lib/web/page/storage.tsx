/** The disks, how long they last, and the local copies: what may go when, what is kept, what went. */
import { counted, formatBytes } from "../../base/mod.ts";
import {
  type GoneCopy,
  type JobView,
  type ProvenCopy,
  runNames,
  type StorageView,
} from "../../control/mod.ts";
import { printable } from "../../gate/mod.ts";
import type { Drawing } from "./drawing.ts";
import type { Asked, Drawn, Page } from "./page.ts";
import { Name } from "./parts/name.tsx";
import { Panel } from "./parts/panel.tsx";
import { Time } from "./parts/time.tsx";
import { DaysPicture } from "./pictures/days.tsx";
import { DiskPicture } from "./pictures/disk.tsx";

/** Four weeks. */
const DAYS = 28;

export const storagePage: Page = { path: "/storage", nav: "Storage", draw };

async function draw({ house, now }: Asked): Promise<Drawn> {
  const [room, pace] = await Promise.all([house.reading.room(), house.reading.pace()]);
  const isShort = room.disks.some(({ warning, no_space_gained }) =>
    warning !== null || no_space_gained
  );
  return {
    title: "Storage",
    tone: isShort ? "bad" : "idle",
    body: (
      <>
        <div class="run-head" data-key="head">
          <h1>Storage</h1>
          <p class="soft">
            {room.enabled
              ? "Local copies go by themselves, once every interlock holds."
              : "Local copies are not deleted here: nas_cleanup.enabled is false."}
          </p>
        </div>
        <Panel id="disks" title="Disks of this PC">
          {room.disks.length === 0
            ? <p class="empty">The service has not looked at a disk yet.</p>
            : (
              <ul class="rows">
                {room.disks.map((disk, i) => <Disk disk={disk} id={`disk-${i + 1}`} now={now} />)}
              </ul>
            )}
        </Panel>
        <Panel id="came" title="Data by day">
          <div class="card">
            <DaysPicture days={pace.days.slice(-DAYS)} />
          </div>
        </Panel>
        <Panel id="may-go" title={room.enabled ? "What may go, and when" : "Proven local copies"}>
          <Proven proven={room.proven} enabled={room.enabled} now={now} />
        </Panel>
        <Panel id="kept" title="Kept by a person">
          <Kept pinned={room.pinned} />
        </Panel>
        <Panel id="went" title="What went">
          <Went went={room.went} now={now} />
        </Panel>
        <Panel id="superseded" title="Set aside at the destinations">
          <p class="card">
            What stood in the way of newer data lies in <code>.labferry-superseded</code>{" "}
            at each destination. labferry never deletes it and does not know its size; it may be
            emptied by hand.
          </p>
        </Panel>
      </>
    ),
  };
}

function Disk(
  { disk, id, now }: { readonly disk: StorageView; readonly id: string; readonly now: Date },
): Drawing {
  const { roots, equipment, bytes_per_day, full_at, warning, no_space_gained } = disk;
  const name = roots.join(", ");
  return (
    <li data-key={`disk-${printable(name)}`} data-tone={warning === null ? "idle" : "bad"}>
      <div class="disk">
        <div>
          <strong>
            <Name text={name} />
          </strong>{" "}
          <p class="soft">
            <Name text={equipment.join(", ")} />
          </p>
          <p class={warning === null ? "full" : "full trouble"}>
            {full_at === null ? neverFull(bytes_per_day) : (
              <>
                Full about <Time at={full_at} now={now} /> if nothing goes:{" "}
                {formatBytes(bytes_per_day)} come on a usual day.
              </>
            )}
          </p>
          {no_space_gained
            ? (
              <p class="trouble">
                Deleting made no room here, so nothing more is deleted until the service starts
                again.
              </p>
            )
            : null}
        </div>
        <DiskPicture disk={disk} id={id} now={now} />
      </div>
    </li>
  );
}

/** Beyond a century it is not reckoned. */
function neverFull(bytesPerDay: number): string {
  return bytesPerDay > 0
    ? `${formatBytes(bytesPerDay)} come on a usual day: it is not full for a hundred years.`
    : "Nothing came lately, so nobody can say when it is full.";
}

function Proven(
  { proven, enabled, now }: {
    readonly proven: readonly ProvenCopy[];
    readonly enabled: boolean;
    readonly now: Date;
  },
): Drawing {
  if (proven.length === 0) {
    return <p class="empty">There is no proven local copy that nobody keeps.</p>;
  }
  return (
    <>
      <table class="runs">
        <caption class="unseen">Proven local copies, the longest proven first</caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col" class="number">Data</th>
            <th scope="col">{enabled ? "May go, at the earliest" : "Could go, at the earliest"}</th>
          </tr>
        </thead>
        <tbody>
          {proven.map(({ job, from, waitsFor }) => (
            <tr data-key={`proven-${job.id}`}>
              <Run job={job} />
              <td data-label="Data" class="number">{formatBytes(job.bytes)}</td>
              <td data-label="From">
                {waitsFor === null
                  ? "passes and age hold"
                  : from === null
                  ? "not by time alone"
                  : <Time at={from} now={now} />}
                {waitsFor === null ? null : <span class="where">{waitsFor}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft">
        {counted(proven.length, "run")}, the longest proven first. Names, open files and the files
        themselves are looked at right before anything goes; a run's own page says all of it.
      </p>
    </>
  );
}

function Kept({ pinned }: { readonly pinned: readonly JobView[] }): Drawing {
  if (pinned.length === 0) return <p class="empty">No run is kept by a person.</p>;
  return (
    <table class="runs">
      <caption class="unseen">Runs whose local copies a person keeps</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col" class="number">Data</th>
        </tr>
      </thead>
      <tbody>
        {pinned.map((job) => (
          <tr data-key={`kept-${job.id}`}>
            <Run job={job} />
            <td data-label="Data" class="number">{formatBytes(job.bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Went(
  { went, now }: { readonly went: readonly GoneCopy[]; readonly now: Date },
): Drawing {
  if (went.length === 0) return <p class="empty">No local copy was let go yet.</p>;
  return (
    <table class="runs">
      <caption class="unseen">Runs whose local copies went, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col" class="number">Freed</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {went.map(({ job, at, bytes }) => (
          <tr data-key={`went-${job.id}`}>
            <Run job={job} />
            <td data-label="Freed" class="number">
              {bytes === null ? "not known" : formatBytes(bytes)}
            </td>
            <td data-label="When">
              {at === null ? "before this queue began" : <Time at={at} now={now} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Run({ job }: { readonly job: JobView }): Drawing {
  const { name, project } = runNames(job);
  return (
    <th scope="row">
      <a href={`/runs/${encodeURIComponent(job.id)}`}>
        <Name text={name} />
      </a>
      <span class="where">
        <Name text={project === "" ? job.equipment_id : `${job.equipment_id}, ${project}`} />
      </span>
    </th>
  );
}
