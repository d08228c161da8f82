// Files of a run that are lost. A person with a session may let it go on without them, by name.
import { button, element } from "./dom.js";
import { focusForm, personForm } from "./person_form.js";

const FIELDS = [
  { name: "operator", label: "Your name", kind: "signature", required: true },
  { name: "reason", label: "Why the files may be missing", kind: "text", required: true },
];
const KEPT = "The files named above will not be sent. Your name and reason stay with the run.";

export class RunLoss {
  #doors;
  #job = null;
  #open;
  #form = element("div");

  constructor(doors) {
    this.#doors = doors;
    this.#open = button("Go on without them …", "", () => this.#ask());
    this.element = element("div", "run-loss", this.#open, this.#form);
    this.element.hidden = true;
  }

  update(job) {
    this.#job = job;
    const isLost = job.state === "failed" && job.last_error?.code === "source_vanished";
    this.element.hidden = !(isLost && this.#doors.mayChange);
    if (this.element.hidden) this.#close();
  }

  #ask() {
    const form = personForm({
      fields: FIELDS,
      note: KEPT,
      words: "Go on without them",
      send: (accept_missing) => this.#doors.post(`/jobs/${this.#job.id}/retry`, { accept_missing }),
      close: () => {
        this.#close();
        if (!this.element.hidden) this.#open.focus();
      },
    });
    this.#open.hidden = true;
    this.#form.replaceChildren(form);
    focusForm(form);
  }

  #close() {
    this.#form.replaceChildren();
    this.#open.hidden = false;
  }
}
