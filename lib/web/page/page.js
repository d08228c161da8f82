// The page: asks for the whole state once, then lives on server-sent events. News make it quick; a
// slow look at everything makes it right.
import { answerOf, silence } from "./answer.js";
import { element, setText } from "./dom.js";
import { makeDoors, request } from "./doors.js";
import { Findings } from "./findings.js";
import { GateBook } from "./gate_book.js";
import { PlaceLine } from "./places.js";
import { Reports } from "./reports.js";
import { RunRow } from "./run_row.js";
import { runs, stateWords } from "./words.js";

const { rights, parts } = document.documentElement.dataset;
const mayChange = rights === "change";
const shows = new Set(parts.split(" "));
/** However fast the news come: drawn and asked for no more often. */
const DRAW_MS = 150;
const REFRESH_MS = 250;
/** Reports follow the runs by a moment, and nobody waits for them. */
const REPORTS_MS = 3_000;
/** Looked at as a whole at least this often. */
const LOOK_MS = 30_000;
/** A restart of the service is no reason to alarm anybody. */
const SILENCE_MS = 4_000;
const LISTEN_AGAIN_MS = 3_000;
/** Findings asked for; hard ones come first, and their numbers are whole. */
const MOST_FINDINGS = 1_000;

const STAGES = [
  [stateWords("queued"), ["queued"]],
  [stateWords("running"), ["running"]],
  [stateWords("awaiting_verify"), ["awaiting_verify"]],
  [stateWords("verified"), ["verified", "cleanup_eligible", "cleaned"]],
  ["need attention", ["failed"]], // of many
];
const TONES = {
  safe: "#12734a",
  moving: "#1d5fa8",
  wait: "#b47800",
  bad: "#b3261e",
  unknown: "#7a8594",
};

const rows = new Map();
const places = new Map();
const progress = new Map();
const gateBook = new GateBook();
let status = null;
let lastHeard = null;
let silentSince = null;

function byId(id) {
  return document.getElementById(id);
}

const doors = makeDoors({ mayChange, say, look: lookAtAll });
const findings = new Findings(byId("findings-part"));
const reports = new Reports(byId("reports-part"), doors);

function say(text) {
  setText(byId("message"), text);
}

/** Asks for everything. */
async function look() {
  try {
    const answer = await request("/status");
    // Another start of the service: what this page may do and how it looks can have changed.
    if (status && answer.daemon?.started_at !== status.daemon?.started_at) location.reload();
    status = answer;
    lastHeard = new Date();
    silentSince = null;
  } catch {
    silentSince ??= Date.now(); // said by the answer itself
  }
  draw();
}

async function lookAtGate() {
  const answer = shows.has("gate") ? await beside(`/problems?limit=${MOST_FINDINGS}`) : null;
  if (!answer) return;
  gateBook.write(answer);
  draw();
}

async function lookAtReports() {
  const answer = shows.has("reports") ? await beside("/reports?status=active") : null;
  if (answer) reports.update(answer.reports);
}

/** A question beside the status, which says already when labferry does not answer at all. */
async function beside(path) {
  try {
    return await request(path);
  } catch (error) {
    if (!(error instanceof TypeError)) say(error.message);
    return null;
  }
}

async function lookAtAll() {
  lookAtGate();
  lookAtReports();
  await look();
}

function draw() {
  const silent = silentSince !== null && (!status || Date.now() - silentSince >= SILENCE_MS);
  if (!status && !silent) return;
  drawAnswer(silent ? silence(lastHeard) : answerOf(status));
  document.body.dataset.silent = String(silent);
  setText(byId("link"), silent ? "no connection" : "live");
  if (!status) return;
  drawStages();
  drawPlaces();
  drawActions();
  drawRuns();
  if (gateBook.problems) findings.update(gateBook);
}

function drawAnswer({ tone, sign, text, more }) {
  byId("answer").dataset.tone = tone;
  setText(byId("answer-sign"), sign);
  setText(byId("answer-text"), text);
  setText(byId("answer-more"), more);
  const title = `${text} · labferry`;
  if (document.title === title) return;
  document.title = title;
  byId("icon").href = "data:image/svg+xml," + encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${
      TONES[tone]
    }"/></svg>`,
  );
}

function drawStages() {
  const list = byId("stages");
  if (list.children.length === 0) {
    list.append(
      ...STAGES.map(([words]) => element("li", "", element("b"), element("span", "", words))),
    );
  }
  STAGES.forEach(([, states], i) => {
    const all = states.reduce((sum, state) => sum + (status.counts[state] ?? 0), 0);
    const count = states.includes("cleaned")
      ? all - (status.not_proven ?? 0) - (status.alarmed ?? 0) - (status.handed_over ?? 0)
      : all;
    list.children[i].dataset.count = String(count);
    setText(list.children[i].firstChild, String(count));
  });
}

function drawPlaces() {
  const active = status.jobs.filter(({ state, hold }) =>
    hold === null && (state === "running" || state === "awaiting_verify")
  );
  const used = new Set(active.map((job) => job.equipment_id));
  const list = byId("places");
  for (const [name, line] of places) {
    if (status.destinations.some((place) => place.name === name)) continue;
    line.element.remove();
    places.delete(name);
  }
  status.destinations.forEach((place, i) => {
    const line = places.get(place.name) ?? new PlaceLine(doors);
    places.set(place.name, line);
    const pause = status.pauses.find(({ scope }) => scope === place.name);
    line.update(place, { inUse: used.has(place.name), pause });
    if (list.children[i] !== line.element) {
      list.insertBefore(line.element, list.children[i] ?? null);
    }
  });
}

function drawActions() {
  const paused = status.paused.includes("*");
  const failed = status.counts.failed ?? 0;
  const down = status.destinations.some((place) => place.state === "down");
  setText(byId("pause"), mayChange ? (paused ? "Resume all" : "Pause all") : "");
  setText(byId("retry"), mayChange && (failed > 1 || down) ? "Retry all" : "");
}

function drawRuns() {
  const list = byId("runs");
  const shown = new Set(status.jobs.map((job) => job.id));
  for (const [id, row] of rows) {
    if (shown.has(id)) continue;
    row.element.remove();
    rows.delete(id);
    progress.delete(id);
  }
  status.jobs.forEach((job, i) => {
    const row = rows.get(job.id) ?? new RunRow(doors);
    rows.set(job.id, row);
    row.update(job, progress.get(job.id), gateBook.problems ? gateBook : null);
    if (list.children[i] !== row.element) list.insertBefore(row.element, list.children[i] ?? null);
  });
  const more = status.jobs_total - status.jobs.length;
  setText(byId("more"), more > 0 ? `and ${runs(more)} more: labferry queue list shows all` : "");
}

/** Runs `work` once after `ms`, however often it is asked for until then. */
function soon(work, ms) {
  let waiting = null;
  return () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      work();
    }, ms);
  };
}

const drawSoon = soon(draw, DRAW_MS);
const lookSoon = soon(look, REFRESH_MS);
const lookAtGateSoon = soon(lookAtGate, REFRESH_MS);
const lookAtReportsSoon = soon(lookAtReports, REPORTS_MS);
const listenSoon = soon(listen, LISTEN_AGAIN_MS);

function listen() {
  const news = new EventSource("/api/v1/events");
  news.addEventListener("open", lookSoon);
  news.addEventListener("error", () => {
    silentSince ??= Date.now();
    // The browser tries again by itself, unless it was refused: then we do.
    if (news.readyState === EventSource.CLOSED) listenSoon();
    setTimeout(look, SILENCE_MS);
  });
  news.addEventListener("progress", (event) => {
    const now = JSON.parse(event.data);
    progress.set(now.job_id, now);
    drawSoon();
  });
  for (const kind of ["job", "destination", "finding", "report", "missed"]) {
    news.addEventListener(kind, lookSoon);
  }
  for (const kind of ["open", "finding", "missed"]) news.addEventListener(kind, lookAtGateSoon);
  for (const kind of ["open", "job", "report", "missed"]) {
    news.addEventListener(kind, lookAtReportsSoon);
  }
}

byId("pause").addEventListener("click", () => {
  doors.change(status.paused.includes("*") ? "/resume" : "/pause");
});
byId("retry").addEventListener("click", () => doors.change("/retry"));
setText(
  byId("rights"),
  mayChange
    ? "This page may change things until labferry restarts."
    : "This page is read-only. To change things from here, run: labferry open",
);
setInterval(lookAtAll, LOOK_MS);
lookAtAll();
listen();
