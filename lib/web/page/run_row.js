// One run's row. It is built once and then changed where something changed: a button that is
// replaced between press and release never gets its click.
import { element, setText } from "./dom.js";
import { RunCustody } from "./run_custody.js";
import { RunGate } from "./run_gate.js";
import { RunLoss } from "./run_loss.js";
import {
  adviceFor,
  clock,
  duration,
  eventWords,
  files,
  instant,
  phaseWords,
  proofWords,
  runNames,
  size,
  stageOf,
} from "./words.js";

export class RunRow {
  #doors;
  #job = null;
  #shownState = "";
  #name = element("strong", "run-name");
  #kind = element("span", "tag", "test run");
  #where = element("span", "run-where");
  #chip = element("span", "chip");
  #size = element("span", "run-size");
  #detail = element("p", "detail");
  #advice = element("p", "detail");
  #bar = element("progress");
  #history = element("button", "quiet-button", "History");
  #action = element("button");
  #timeline = element("ol", "timeline");
  #path = element("p", "run-path");
  #custody;
  #gate;
  #loss;

  /** `doors`: what `makeDoors` makes. */
  constructor(doors) {
    this.#doors = doors;
    this.#custody = new RunCustody(doors);
    this.#gate = new RunGate(doors);
    this.#loss = new RunLoss(doors);
    this.#timeline.hidden = true;
    this.#path.hidden = true;
    for (const button of [this.#history, this.#action]) button.type = "button";
    this.#history.setAttribute("aria-expanded", "false");
    this.#history.addEventListener("click", () => this.#toggle());
    this.#action.addEventListener("click", () => this.#act());
    this.element = element(
      "li",
      "run",
      element(
        "div",
        "run-id",
        this.#name,
        this.#where,
        this.#kind,
      ),
      element("div", "run-stage", this.#chip, this.#size),
      element(
        "div",
        "run-news",
        this.#detail,
        this.#advice,
        this.#bar,
        this.#gate.element,
        this.#loss.element,
      ),
      element("div", "run-buttons", this.#history, this.#action),
      element("div", "run-more", this.#path, this.#custody.element, this.#timeline),
    );
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** `gate`: the page's `GateBook`; null before it holds anything. */
  update(job, progress, gate) {
    this.#job = job;
    const { name, project, isTest } = runNames(job);
    const [words, tone] = stageOf(job);
    this.element.dataset.job = job.id;
    this.element.dataset.state = job.state;
    setText(this.#name, name);
    this.#kind.hidden = !isTest;
    setText(this.#where, [job.equipment_id, project].filter((part) => part !== "").join(" · "));
    setText(this.#path, job.run_path);
    this.#path.hidden = this.#timeline.hidden;
    this.#chip.dataset.tone = tone;
    setText(this.#chip, words);
    setText(this.#size, job.files > 0 ? `${files(job.files)}, ${size(job.bytes)}` : "");
    this.#drawNews(job, progress);
    this.#drawGate(job, gate);
    this.#drawAction(job);
    this.#followHistory(job);
  }

  #drawNews(job, progress) {
    const moving = job.state === "running" || job.state === "awaiting_verify";
    const now = moving && !job.hold ? progress : undefined;
    this.#bar.hidden = !now;
    if (now) {
      this.#bar.max = Math.max(1, now.bytes_total);
      this.#bar.value = now.bytes_done;
      this.#bar.setAttribute("aria-label", phaseWords(now.phase));
    }
    this.#detail.dataset.tone = job.state === "failed" ? "bad" : "";
    if (job.hold !== "gate") setText(this.#detail, now ? progressWords(now) : reasonWords(job));
    setText(this.#advice, job.state === "failed" ? adviceFor(job.last_error) : holdAdvice(job));
    this.#loss.update(job);
  }

  /** The hold's own words give way to the names it is about. */
  async #drawGate(job, gate) {
    await this.#gate.update(job, gate);
    const { hold, hold_reason } = this.#job;
    if (hold === "gate") setText(this.#detail, this.#gate.speaks ? "" : hold_reason ?? "");
  }

  #drawAction(job) {
    const [label, path] = this.#doors.mayChange ? actionOf(job) : ["", ""];
    this.#action.dataset.path = path;
    this.#action.className = path.endsWith("/verify") ? "quiet-button" : "";
    setText(this.#action, label);
  }

  async #act() {
    this.#action.disabled = true;
    try {
      await this.#doors.change(this.#action.dataset.path);
    } finally {
      this.#action.disabled = false;
      // A disabled button gives the focus away; who uses the keyboard goes on from here.
      if (document.activeElement === document.body) {
        (this.#action.hidden ? this.#history : this.#action).focus();
      }
    }
  }

  /** Escape closes the history, as it closes a form. */
  #onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || this.#timeline.hidden) return;
    this.#toggle();
    this.#history.focus();
  }

  async #toggle() {
    const shown = this.#timeline.hidden;
    this.#timeline.hidden = this.#path.hidden = !shown;
    this.#history.setAttribute("aria-expanded", String(shown));
    setText(this.#history, shown ? "Hide history" : "History");
    if (!shown) return this.#custody.hide();
    await Promise.all([this.#drawHistory(), this.#custody.draw(this.#job)]);
  }

  /** An open history grows when the run moves on. */
  #followHistory(job) {
    const state = `${job.state} ${job.hold} ${job.generation} ${job.verify_passes}`;
    const moved = state !== this.#shownState;
    this.#shownState = state;
    if (!moved || this.#timeline.hidden) return;
    this.#drawHistory();
    this.#custody.draw(job);
  }

  async #drawHistory() {
    const answer = await this.#doors.ask(`/jobs/${this.#job.id}/history`);
    if (!answer) return;
    this.#timeline.replaceChildren(
      ...answer.events.map((event) => {
        const at = new Date(event.at);
        const time = element("time", "", at.toLocaleTimeString([], { timeStyle: "medium" }));
        time.dateTime = event.at;
        time.title = at.toLocaleString();
        return element("li", "", time, eventWords(event));
      }),
    );
  }
}

function progressWords(now) {
  const parts = [
    now.phase === "sending" ? "" : phaseWords(now.phase), // the chip says that it is being sent
    `${size(now.bytes_done)} of ${size(now.bytes_total)}`,
    now.bytes_per_second ? `${size(now.bytes_per_second)}/s` : "",
    now.eta_seconds === null ? "" : `${duration(now.eta_seconds)} left`,
  ];
  return whole(parts);
}

/** Parts that break between, never inside. */
function whole(parts) {
  return parts.filter((part) => part !== "").map((part) => part.replaceAll(" ", "\u00a0"))
    .join(" · ");
}

function reasonWords(job) {
  if (job.hold_reason) {
    const next = job.next_attempt_at ? ` Next try at ${clock(job.next_attempt_at)}.` : "";
    return next ? `${job.hold_reason}.${next}` : job.hold_reason;
  }
  if (job.state === "failed") return job.last_error?.message ?? "";
  if (job.state === "queued" && job.last_error) {
    const again = job.next_attempt_at ? ` Next try at ${clock(job.next_attempt_at)}.` : "";
    return `${job.last_error.message}.${again}`;
  }
  const proof = proofWords(job);
  const at = job.verification?.at ?? job.verified_at;
  return proof && at ? `${proof}, last on ${whole([instant(at)])}` : proof;
}

/** What a hold advises is for whoever can do something about it. */
function holdAdvice({ hold_hint }) {
  return hold_hint ? adviceFor({ hint: hold_hint }) : "";
}

function actionOf(job) {
  if (job.state === "failed" || job.hold === "cancelled") return ["Retry", `/jobs/${job.id}/retry`];
  if (["queued", "running", "awaiting_verify"].includes(job.state)) {
    return ["Cancel", `/jobs/${job.id}/cancel`];
  }
  if (job.state === "verified") return ["Verify again", `/jobs/${job.id}/verify`];
  return ["", ""];
}
