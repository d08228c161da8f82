/** What nothing reaches yet and is kept all the same, with the reason. What it needs is kept with it. */
export const KEPT: Readonly<Record<string, string>> = {
  // Documents and tests are held to it.
  "lib/base/codes.ts#CODES_BY_SUBJECT": "the order of docs/recovery.md, which is held to it",
  "lib/jobs/machine.ts#DIAGRAM": "the arrows that docs/architecture.md and `next` are held to",
  "lib/web/events.ts#NewsHub.readers": "how a test sees that a reader who left was let go",
  "lib/web/http/door.ts#Door.connections": "how a test sees that a connection was ended",

  // Scanner and staging (11).
  "lib/records/layout.ts#runAddressOf": "says why a folder is no run, to whoever admits runs",
  "lib/records/staged_status.ts#stagedStatus": "what may be said of a run that was handed over",

  // Custody (10).

  // Doctor (13).
  "lib/records/equipment.ts#readEquipment": "whether the registry agrees with the configuration",
  "lib/records/markers.ts#readMarker": "whether a project's markers are what they should be",

  // The page (12) and the evidence (15).
  "lib/queue/queue.ts#Queue.backup": "a whole copy of the queue while work goes on",
};
