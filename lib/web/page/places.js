// The destinations, one line each, and the pauses of their instruments. A line is built once and then
// changed: a button that is replaced loses the focus and the click.
import { button, element, setText } from "./dom.js";
import { destinationStage, IN_USE, instant, PAUSED, pauseWords } from "./words.js";

export class PlaceLine {
  #doors;
  #name = element("strong");
  #address = element("span", "address");
  #chip = element("span", "chip");
  #resume;
  #detail = element("p", "detail");
  #advice = element("p", "detail");

  constructor(doors) {
    this.#doors = doors;
    this.#resume = button("", "quiet-button", () => this.#act());
    this.element = element(
      "li",
      "place",
      this.#name,
      this.#address,
      this.#chip,
      this.#resume,
      this.#detail,
      this.#advice,
    );
  }

  /** `pause`: of this instrument alone, or undefined. */
  update(place, { inUse, pause }) {
    const known = destinationStage(place);
    const isDown = place.state === "down";
    // A place that something is being sent to is in use, even before anything was proven there.
    const [words, tone] = pause && !isDown ? PAUSED : inUse && !isDown ? IN_USE : known;
    setText(this.#name, place.name);
    setText(this.#address, place.address);
    this.#chip.dataset.tone = tone;
    setText(this.#chip, words);
    setText(this.#resume, pause && this.#doors.mayChange ? `Resume ${place.name}` : "");
    const next = isDown && place.next_probe_at
      ? ` Next try at ${instant(place.next_probe_at)}.`
      : "";
    const reason = isDown ? `${place.reason}.${next}` : "";
    setText(this.#detail, [reason, pause ? pauseWords(pause) : ""].filter(Boolean).join(" "));
    setText(this.#advice, isDown ? place.hint ?? "" : "");
  }

  async #act() {
    await this.#doors.change("/resume", { equipment: this.#name.textContent });
  }
}
