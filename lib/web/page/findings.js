// The findings of the last audit: what holds runs back first, one line a rule; what is only worth
// knowing behind one line.
import { element, nameOf } from "./dom.js";
import { count, lastPart, placeWords } from "./gate_words.js";

/** Names shown of one rule; the audit lists them all. */
const MOST_NAMES = 20;

export class Findings {
  #section;
  #list;
  #drawn = -1;

  constructor(section) {
    this.#section = section;
    this.#list = section.querySelector("ul");
  }

  /** `gate`: `{problems, version, explain(rule)}` */
  update(gate) {
    if (gate.version === this.#drawn) return;
    this.#drawn = gate.version;
    const { groups, problems } = gate.problems;
    const open = new Set(
      [...this.#list.querySelectorAll("details[open]")].map(({ dataset }) => dataset.about),
    );
    const soft = groups.filter(({ tier }) => tier === "soft");
    const lines = [
      ...groups.filter(({ tier }) => tier === "hard").map((group) => hardLine(group, gate)),
      ...(problems.length > 0 ? [unjudgedLine(problems)] : []),
      ...(soft.length > 0 ? [softLine(soft, gate)] : []),
    ];
    for (const line of lines) {
      if (open.has(line.firstChild.dataset.about)) line.firstChild.open = true;
    }
    this.#list.replaceChildren(...lines);
    this.#section.hidden = lines.length === 0;
  }
}

function hardLine(group, gate) {
  const { title, why, fix } = gate.explain(group.rule);
  const found = gate.problems.findings.filter(({ rule, tier }) =>
    tier === "hard" && rule === group.rule
  );
  return foldedLine(`hard ${group.rule}`, {
    title,
    told: countsOf(group),
    chip: chipOf(group, found),
    inside: [
      element("p", "", `${sentence(why)} ${fix}`),
      names(found, group.count),
    ],
  });
}

function countsOf({ count: many, runs, overridden }) {
  const where = runs > 1 ? ` in ${count(runs, "run")}` : "";
  const passed = overridden > 0 && overridden < many ? `, ${overridden} let pass` : "";
  return `${count(many, "finding")}${where}${passed}`;
}

function chipOf({ count: many, overridden }, found) {
  if (overridden === many) return ["let pass", "idle"];
  const open = found.filter((finding) => !finding.override_active);
  const sent = open.length > 0 && open.every((finding) => finding.synced_under_prior_policy);
  return sent ? ["sent before it was found", "idle"] : ["to fix", "wait"];
}

function unjudgedLine(problems) {
  return foldedLine("unjudged", {
    title: "Could not be looked at",
    told: count(problems.length, "place"),
    chip: ["to look into", "wait"],
    inside: [
      element(
        "ul",
        "names",
        ...problems.slice(0, MOST_NAMES).map(({ path, message }) =>
          element("li", "", nameOf(path), ` ${message}`)
        ),
      ),
    ],
  });
}

function softLine(groups, gate) {
  const lines = groups.map((group) => {
    const { title, fix } = gate.explain(group.rule);
    const found = gate.problems.findings.filter(({ rule, tier }) =>
      tier === "soft" && rule === group.rule
    );
    return element(
      "li",
      "",
      element("strong", "", title),
      ` · ${group.count}`,
      element("p", "", fix),
      names(found, group.count),
    );
  });
  return foldedLine("soft", {
    title: "Worth knowing",
    told: `${count(gate.problems.soft, "remark that holds", "remarks that hold")} nothing back`,
    chip: null,
    inside: [element("ul", "soft", ...lines)],
  });
}

function names(found, total) {
  const lines = found.slice(0, MOST_NAMES).map((finding) => {
    const place = nameOf(placeWords(finding.offending_path, finding.run_path));
    const run = finding.offending_path === finding.run_path
      ? ""
      : ` in ${lastPart(finding.run_path)}`;
    return element("li", "", place, `${run}: ${finding.rule_detail}`);
  });
  const more = total - lines.length;
  if (more > 0) lines.push(element("li", "", `and ${count(more, "more", "more")}: labferry audit`));
  return element("ul", "names", ...lines);
}

function foldedLine(about, { title, told, chip, inside }) {
  const head = element("summary", "", element("strong", "", title), element("span", "told", told));
  if (chip) {
    const [words, tone] = chip;
    const made = element("span", "chip", words);
    made.dataset.tone = tone;
    head.append(made);
  }
  const details = element("details", "", head, ...inside);
  details.dataset.about = about;
  return element("li", "finding", details);
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
