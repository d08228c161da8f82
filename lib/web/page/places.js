// The destinations, one line each.
import { element } from "./run_row.js";
import { clock } from "./words.js";

const WORDS = {
  up: ["available", "safe"],
  down: ["not available", "bad"],
  unknown: ["not asked yet", "idle"],
};

export function placeLine(place) {
  const [words, tone] = WORDS[place.state] ?? WORDS.unknown;
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
