// Why a run's local copy is still here, and from when on it may go: the interlocks, as `labferry why`.
import { element, setText } from "./dom.js";
import { files, instant, size } from "./words.js";

const SIGNS = { holds: "✓", waits: "…", blocks: "✗" };

export class RunCustody {
  #doors;
  #answer = element("p", "detail");
  #list = element("ul", "interlocks");

  constructor(doors) {
    this.#doors = doors;
    this.element = element("div", "run-custody", this.#answer, this.#list);
    this.element.hidden = true;
  }

  hide() {
    this.element.hidden = true;
  }

  /** Looked at anew each time it is opened. */
  async draw(job) {
    const proven = job.state === "verified" || job.state === "cleanup_eligible";
    const view = proven ? await this.#doors.ask(`/jobs/${job.id}/custody`) : null;
    this.element.hidden = !view;
    if (!view) return;
    setText(this.#answer, answerWords(view));
    this.#list.replaceChildren(...view.interlocks.map(lineOf));
  }
}

function lineOf({ stand, sentence, from }) {
  const when = stand === "waits" && from ? ` (from ${instant(from)})` : "";
  const line = element("li", "", `${SIGNS[stand] ?? ""} ${sentence}${when}`);
  line.dataset.stand = stand;
  return line;
}

function answerWords({ enabled, may_go, deletable_from, reason, local }) {
  const copy = `the local copy (${files(local.files)}, ${size(local.bytes)})`;
  if (!enabled) return `Why is it still here? Local copies are not deleted on this PC.`;
  if (may_go) return `May go: ${copy} is deleted after one more look at both copies.`;
  if (deletable_from) {
    return `Deletable from ${instant(deletable_from)}, if the looks until then agree: ${copy}.`;
  }
  return `Stays until somebody acts: ${copy}, because ${reason}.`;
}
