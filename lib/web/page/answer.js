// The five-second answer to "is my data safe?", from one status. It never says more than was proven:
// it speaks of the runs labferry knows of, and of nothing when labferry does not answer.
import { clock, pauseWords, runs } from "./words.js";

const WAITING = ["queued", "running", "awaiting_verify"];
const SAFE = ["verified", "cleanup_eligible", "cleaned"];

/** `{tone, sign, text, more}`; tone is safe, moving, wait, bad or unknown. */
export function answerOf(status) {
  const count = (states) => states.reduce((sum, state) => sum + (status.counts[state] ?? 0), 0);
  const failed = count(["failed"]) + (status.alarmed ?? 0);
  const waiting = count(WAITING);
  const unproven = status.not_proven ?? 0;
  const handedOver = status.handed_over ?? 0;
  const alarmed = status.alarmed ?? 0;
  const safe = count(SAFE) - unproven - handedOver - alarmed;
  const said = (tone, sign, text, more) => ({ tone, sign, text, more: sentences(more) });
  const proven = safe > 0 ? `${runs(safe)} safe at the destination.` : "";
  const others = waiting > 0 ? `${runs(waiting)} on the way.` : "";
  if (failed > 0) {
    const text = `${runs(failed)} ${failed === 1 ? "needs" : "need"} attention`;
    return said("bad", "!", text, ["The reason is below.", others, proven]);
  }
  const paused = status.pauses.map(pauseWords).join(" ");
  // While anything is paused nothing is green: a person has to take that back.
  const calm = paused === "" ? null : ["wait", "‖"];
  if (waiting > 0) {
    const [tone, sign] = calm ?? ["moving", "→"];
    return stopped(status, { waiting, paused }, said, proven) ??
      said(tone, sign, `${runs(waiting)} on the way`, [heldWords(status), paused, proven]);
  }
  if (unproven > 0) {
    return said("wait", "?", `${runs(unproven)} not proven since the queue was made anew`, [
      "Only their records say that they are at the destination.",
      proven,
      paused,
    ]);
  }
  if (handedOver > 0) {
    return said("wait", "→", `${runs(handedOver)} handed over, not on the NAS yet`, [
      "The orchestrator takes them there; it says so when they are proven.",
      proven,
      paused,
    ]);
  }
  if (safe > 0) {
    const text = safe === 1 ? "Your run is safe" : `All ${runs(safe)} are safe`;
    const [tone, sign] = calm ?? ["safe", "✓"];
    return said(tone, sign, text, ["Every file was compared with its copy.", paused]);
  }
  const [tone, sign] = calm ?? ["unknown", "·"];
  return said(tone, sign, "No runs yet", [
    "A run appears here as soon as it is complete.",
    paused,
  ]);
}

/** Why nothing moves, when nothing moves. */
function stopped(status, { waiting, paused }, said, proven) {
  if (status.paused.includes("*")) {
    const wait = waiting === 1 ? "waits" : "wait";
    return said("wait", "‖", `Paused: ${runs(waiting)} ${wait}`, [
      "The data stays here.",
      paused,
      proven,
    ]);
  }
  const yieldsTo = status.yielding?.waits_for;
  if (yieldsTo) {
    const wait = waiting === 1 ? "waits" : "wait";
    return said("wait", "‖", `Waiting: ${yieldsTo}`, [
      `${runs(waiting)} ${wait} since ${
        clock(status.yielding.since)
      }; the data stays here until then.`,
      paused,
      proven,
    ]);
  }
  const listed = status.jobs.filter((job) => WAITING.includes(job.state));
  if (listed.length === 0 || listed.some((job) => job.hold === null)) return null;
  const down = status.destinations.filter((place) => place.state === "down");
  if (down.length > 0 && listed.every((job) => job.hold === "destination")) {
    const names = down.map((place) => place.name).join(", ");
    return said("wait", "…", `${runs(waiting)} waiting for ${names}`, [
      down.every((place) => place.code === "destination_full")
        ? "The destination is full: the data stays on this PC until there is room."
        : "The data stays on this PC until its destination is back.",
      proven,
    ]);
  }
  return said("wait", "‖", `${runs(waiting)} held`, [
    "The reason is beside each run.",
    paused,
    proven,
  ]);
}

/** A run that the gate holds does not hide among those that move. */
function heldWords({ jobs }) {
  const held = jobs.filter(({ hold }) => hold === "gate").length;
  if (held === 0) return "";
  return `${runs(held)} of them ${held === 1 ? "is" : "are"} held: names to fix.`;
}

/** Nothing is claimed that cannot be known now. */
export function silence(lastHeard) {
  return {
    tone: "unknown",
    sign: "?",
    text: "labferry does not answer",
    more: lastHeard
      ? `What is below was so at ${clock(lastHeard)}. This page keeps asking.`
      : "This page keeps asking.",
  };
}

function sentences(parts) {
  return parts.filter((part) => part !== "").join(" ");
}
