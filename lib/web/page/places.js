// The destinations, one line each.
import { element } from "./dom.js";
import { clock } from "./words.js";

const WORDS = {
  up: ["available", "safe"],
  down: ["not available", "bad"],
  unknown: ["not asked yet", "idle"],
};

/** A place that something is being sent to is in use, even before anything was proven there. */
const IN_USE = ["in use", "moving"];

export function placeLine(place, inUse) {
  const known = WORDS[place.state] ?? WORDS.unknown;
  const [words, tone] = inUse && place.state !== "down" ? IN_USE : known;
  const chip = element("span", "chip", words);
  chip.dataset.tone = tone;
  const line = element(
    "li",
    "place",
    element("strong", "", place.name),
    element("span", "address", place.address),
    chip,
  );
  if (place.state === "down") {
    const next = place.next_probe_at ? ` Asked again at ${clock(place.next_probe_at)}.` : "";
    line.append(element("p", "detail", `${place.reason}.${next}`));
  }
  return line;
}
