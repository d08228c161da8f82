// The page: asks for the whole state once, then lives on server-sent events. All text goes in
// through textContent, so a run called <script> is only an odd name.
const rights = document.documentElement.dataset.rights;
const jobs = new Map();
const progress = new Map();
const open = new Set();
let status = null;

const STAGES = [
  ["queued", "waiting"],
  ["running", "sending"],
  ["awaiting_verify", "proving"],
  ["verified", "safe"],
  ["cleaned", "safe, local copy gone"],
  ["failed", "needs a person"],
];

const WORDS = {
  queued: ["waiting its turn", "wait"],
  running: ["being sent", "moving"],
  awaiting_verify: ["being proven", "moving"],
  verified: ["safe", "safe"],
  cleanup_eligible: ["safe", "safe"],
  cleaned: ["safe, local copy gone", "safe"],
  failed: ["needs a person", "bad"],
};

const HOLDS = {
  gate: "held: names to fix",
  destination: "held: destination",
  paused: "paused",
  cancelled: "cancelled",
};

const PHASES = {
  sealing: "listing files",
  preparing: "preparing the destination",
  sending: "sending",
  proving: "comparing hashes",
  recording: "writing the records",
};

const STRENGTHS = {
  read_back: "read back and compared",
  remote_computed: "hashed at the destination and compared",
  provider_asserted: "the provider's checksum agrees",
  size_only: "sizes agree only",
};

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (key === "onclick") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

async function ask(path, method = "GET", body = undefined) {
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.hint ? `${answer.detail} ${answer.hint}` : answer.detail);
  }
  return answer;
}

async function change(path, body) {
  try {
    await ask(path, "POST", body ?? {});
    say(null);
  } catch (error) {
    say(error.message);
  }
  await refresh();
}

function say(text) {
  const message = byId("message");
  message.hidden = text === null;
  message.textContent = text ?? "";
}

async function refresh() {
  status = await ask("/status");
  jobs.clear();
  for (const job of status.jobs) jobs.set(job.id, job);
  draw();
}

function draw() {
  drawAnswer();
  drawStages();
  drawPlaces();
  drawActions();
  drawRuns();
  byId("rights").textContent = rights === "change"
    ? "This page may change things until the service restarts."
    : "This page is read-only. To change things, run: labferry open";
}

function count(...states) {
  return states.reduce((sum, state) => sum + (status.counts[state] ?? 0), 0);
}

function drawAnswer() {
  const { tone, text, more } = answer();
  byId("answer").dataset.tone = tone;
  byId("answer-text").textContent = text;
  byId("answer-more").textContent = more;
  document.title = `${text} · labferry`;
}

/** The five-second answer to "is my data safe?". */
function answer() {
  const failed = count("failed");
  const moving = count("queued", "running", "awaiting_verify");
  const safe = count("verified", "cleanup_eligible", "cleaned");
  const proven = `${runs(safe)} proven at the destination.`;
  const down = status.destinations.find((place) => place.state === "down");
  if (failed > 0) {
    return {
      tone: "bad",
      text: `${runs(failed)} ${failed === 1 ? "needs" : "need"} a person`,
      more: `${proven} Nothing has been deleted.`,
    };
  }
  if (down && moving > 0) {
    return {
      tone: "wait",
      text: `${runs(moving)} waiting for ${down.name}`,
      more: `${down.reason} The data stays on this PC until it can go.`,
    };
  }
  const held = [...jobs.values()].filter((job) => job.hold !== null).length;
  if (held > 0 && held === moving) {
    return { tone: "wait", text: `${runs(held)} held`, more: "See the reason beside each run." };
  }
  if (moving > 0) return { tone: "moving", text: `${runs(moving)} on the way`, more: proven };
  if (safe > 0) return { tone: "safe", text: "All data is safe", more: proven };
  return { tone: "moving", text: "No runs yet", more: "labferry is ready." };
}

function runs(number) {
  return number === 1 ? "1 run" : `${number} runs`;
}

function drawStages() {
  byId("stages").replaceChildren(
    ...STAGES.map(([state, words]) =>
      element("li", {}, element("b", {}, String(count(state))), element("span", {}, words))
    ),
  );
}

function drawPlaces() {
  byId("places").replaceChildren(...status.destinations.map((place) => {
    const down = place.state === "down";
    return element(
      "li",
      {},
      element(
        "span",
        { class: `chip ${down ? "bad" : "safe"}` },
        down ? "not available" : "available",
      ),
      element("strong", {}, place.name),
      element("span", { class: "address" }, place.address),
      down
        ? element(
          "span",
          { class: "why" },
          `${place.reason} Asked again at ${clock(place.next_probe_at)}.`,
        )
        : null,
    );
  }));
}

function drawActions() {
  if (rights !== "change") return;
  const paused = status.paused.includes("*");
  byId("actions").replaceChildren(
    element(
      "button",
      { onclick: () => change(paused ? "/resume" : "/pause") },
      paused ? "Resume all" : "Pause all",
    ),
    element("button", { onclick: () => change("/retry") }, "Retry all that failed"),
  );
}

function drawRuns() {
  byId("run-rows").replaceChildren(...[...jobs.values()].map(row));
  const more = status.jobs_total - jobs.size;
  byId("more").textContent = more > 0
    ? `and ${runs(more)} more; labferry queue list shows all`
    : "";
}

function row(job) {
  const [words, tone] = job.hold ? [HOLDS[job.hold], "wait"] : WORDS[job.state];
  const name = job.run_path.split(/[\\/]/).pop();
  return element(
    "tr",
    { "data-job": job.id, "data-state": job.state },
    element(
      "td",
      {},
      element("div", { class: "run-name" }, name),
      element("div", { class: "run-where" }, `${job.equipment_id} · ${job.run_path}`),
      buttons(job),
      open.has(job.id) ? element("ol", { class: "timeline", id: `timeline-${job.id}` }) : null,
    ),
    element("td", {}, element("span", { class: `chip ${tone}` }, words), detail(job), bar(job)),
    element("td", { class: "number" }, job.files.toLocaleString("en")),
    element("td", { class: "number" }, size(job.bytes)),
    element("td", {}, proof(job)),
  );
}

function detail(job) {
  const reason = job.hold_reason ?? job.last_error?.message;
  if (!reason || job.state === "verified") return null;
  return element("div", { class: `detail ${job.state === "failed" ? "bad" : ""}` }, reason);
}

function bar(job) {
  const now = progress.get(job.id);
  if (!now || (job.state !== "running" && job.state !== "awaiting_verify")) return null;
  const rate = now.bytesPerSecond ? ` · ${size(now.bytesPerSecond)}/s` : "";
  const eta = now.etaSeconds !== null ? ` · ${duration(now.etaSeconds)} left` : "";
  return element(
    "div",
    { class: "detail" },
    `${PHASES[now.phase]} · ${size(now.bytesDone)} of ${size(now.bytesTotal)}${rate}${eta}`,
    element("progress", { max: String(Math.max(1, now.bytesTotal)), value: String(now.bytesDone) }),
  );
}

function proof(job) {
  if (!job.verification || job.verify_passes === 0) {
    return element("span", { class: "detail" }, "not yet");
  }
  const passes = job.verify_passes === 1 ? "1 pass" : `${job.verify_passes} passes`;
  return element(
    "div",
    {},
    STRENGTHS[job.verification.strength] ?? job.verification.strength,
    element(
      "div",
      { class: "detail" },
      `${passes}, ${job.verification.matched.toLocaleString("en")} files`,
    ),
  );
}

function buttons(job) {
  const all = [
    element("button", {
      onclick: () => toggle(job.id),
    }, open.has(job.id) ? "Hide history" : "History"),
  ];
  if (rights === "change") {
    if (job.state === "failed" || job.hold === "cancelled") {
      all.push(element("button", { onclick: () => change(`/jobs/${job.id}/retry`) }, "Retry"));
    } else if (["queued", "running", "awaiting_verify"].includes(job.state)) {
      all.push(element("button", { onclick: () => change(`/jobs/${job.id}/cancel`) }, "Cancel"));
    } else if (job.state === "verified") {
      all.push(
        element("button", { onclick: () => change(`/jobs/${job.id}/verify`) }, "Verify again"),
      );
    }
  }
  return element("p", { class: "actions" }, ...all);
}

async function toggle(id) {
  if (!open.delete(id)) open.add(id);
  drawRuns();
  const list = byId(`timeline-${id}`);
  if (!list) return;
  const { events } = await ask(`/jobs/${id}/history`);
  list.replaceChildren(
    ...events.map((event) =>
      element(
        "li",
        {},
        element("time", {}, clock(event.at)),
        event.kind.replaceAll("_", " "),
        event.detail?.message ? `: ${event.detail.message}` : "",
      )
    ),
  );
}

function clock(instant) {
  return instant
    ? new Date(instant).toLocaleString([], { dateStyle: "short", timeStyle: "medium" })
    : "";
}

function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

function duration(seconds) {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Redraws at most a few times a second, however fast the news come. */
let drawing = null;
function drawSoon() {
  drawing ??= setTimeout(() => {
    drawing = null;
    draw();
  }, 150);
}

let refreshing = null;
function refreshSoon() {
  refreshing ??= setTimeout(async () => {
    refreshing = null;
    try {
      await refresh();
    } catch {
      byId("link").textContent = "no answer from labferry; trying again";
    }
  }, 250);
}

function listen() {
  const news = new EventSource("/api/v1/events");
  news.addEventListener("open", () => {
    byId("link").textContent = "live";
    refreshSoon();
  });
  news.addEventListener("error", () => {
    byId("link").textContent = "no answer from labferry; trying again";
  });
  news.addEventListener("progress", (event) => {
    const now = JSON.parse(event.data);
    progress.set(now.jobId, now);
    drawSoon();
  });
  for (const kind of ["job", "destination", "finding", "missed"]) {
    news.addEventListener(kind, refreshSoon);
  }
}

refresh().catch((error) => say(error.message));
listen();
