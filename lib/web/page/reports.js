// The living reports: one line each, a click away from the whole. With a session a note can be left.
import { button, element, setText } from "./dom.js";
import { focusForm, personForm } from "./person_form.js";
import { clock } from "./words.js";

const MOST_SHOWN = 12;

export class Reports {
  #section;
  #list;
  #more;
  #doors;
  #lines = new Map();

  constructor(section, doors) {
    this.#section = section;
    this.#list = section.querySelector("ul");
    this.#more = section.querySelector(".more");
    this.#doors = doors;
  }

  update(reports) {
    const shown = reports.slice(0, MOST_SHOWN);
    const ids = new Set(shown.map((report) => report.report_id));
    for (const [id, line] of this.#lines) {
      if (ids.has(id)) continue;
      line.element.remove();
      this.#lines.delete(id);
    }
    shown.forEach((report, i) => {
      const line = this.#lines.get(report.report_id) ?? new ReportLine(report, this.#doors);
      this.#lines.set(report.report_id, line);
      line.update(report);
      const at = this.#list.children[i];
      if (at !== line.element) this.#list.insertBefore(line.element, at ?? null);
    });
    this.#section.hidden = shown.length === 0;
    const more = reports.length - shown.length;
    setText(this.#more, more > 0 ? `and ${more} more: labferry report list` : "");
  }
}

class ReportLine {
  #doors;
  #id;
  #link = element("a");
  #when = element("span", "told");
  #form = element("div", "report-form");

  constructor({ report_id }, doors) {
    this.#id = report_id;
    this.#doors = doors;
    this.#link.href = `/api/v1/reports/${report_id}/html`;
    this.#link.target = "_blank";
    this.#link.rel = "noopener";
    this.element = element("li", "report", this.#link, this.#when);
    if (doors.mayChange) {
      this.element.append(button("Add a note …", "quiet-button", () => this.#write()));
    }
    this.element.append(this.#form);
  }

  update({ current_title, updated_at }) {
    setText(this.#link, current_title);
    setText(this.#when, `changed ${clock(updated_at)}`);
  }

  #write() {
    const form = personForm({
      fields: [
        { name: "author", label: "Your name", kind: "signature", required: true },
        { name: "text", label: "Note", kind: "long", required: true },
      ],
      note: "Kept in the report's history, with your name.",
      words: "Add the note",
      send: (note) => this.#doors.post(`/reports/${this.#id}/notes`, note),
      close: () => this.#form.replaceChildren(),
    });
    this.#form.replaceChildren(form);
    focusForm(form);
  }
}
