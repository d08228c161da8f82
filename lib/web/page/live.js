// Keeps an open page true. News make it ask for the page again, and what changed is put in place of what
// was there, element by element: whatever is pressed, opened, focused or being typed stays as it is. It
// has no words of its own; they all come with the page.

/** News are gathered for so long; a page is asked for no more often than ten times what it takes. */
const GATHER_MS = 250;
const PROGRESS_MS = 1_000;
const ACQUIRING_MS = 2_000;
const SHARE = 10;
/** Asked for at least so often, whatever the news say. */
const LOOK_MS = 30_000;
/** A restart of the service is no reason to alarm anybody. */
const SILENCE_MS = 4_000;
const AGAIN_MS = 3_000;

const root = document.documentElement;
let lastSeen = new Date(document.getElementById("last-seen")?.dataset.now ?? Date.now());
let silentSince = null;
let waiting = null;
let dueAt = Infinity;
let tookMs = 0;
let isBusy = false;

// The page again

function askSoon(inMs) {
  const at = Date.now() + Math.max(inMs, tookMs * SHARE);
  if (at >= dueAt) return;
  clearTimeout(waiting);
  dueAt = at;
  waiting = setTimeout(ask, at - Date.now());
}

async function ask() {
  dueAt = Infinity;
  if (isBusy) return askSoon(GATHER_MS);
  isBusy = true;
  const began = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const text = await answer.text();
    if (answer.ok) show(text);
    tookMs = performance.now() - began;
    heard();
  } catch {
    tookMs = 0;
    unheard(); // said by the page itself
  } finally {
    isBusy = false;
  }
}

/** Puts a page, as it came, in place of the one that is shown. */
function show(text) {
  const next = new DOMParser().parseFromString(text, "text/html");
  // Another labferry: how the page looks and lives can have changed.
  const isOther = lookOf(next) !== lookOf(document);
  if (isOther && !isBeingFilled(document)) return location.reload();
  root.dataset.rights = next.documentElement.dataset.rights;
  document.title = next.title;
  document.querySelector("link[rel=icon]").href = next.querySelector("link[rel=icon]").href;
  inZone(next);
  keepRefusal(next);
  change(document.getElementById("main"), next.getElementById("main"));
  change(document.querySelector("footer"), next.querySelector("footer"));
}

/** Why something was refused stands until the person goes on, whatever the news are. */
function keepRefusal(next) {
  const refusal = document.querySelector("#main > [data-refused]");
  if (refusal) next.getElementById("main").prepend(refusal.cloneNode(true));
}

function lookOf(page) {
  return page.querySelector("link[rel=stylesheet]").getAttribute("href") +
    page.querySelector("script[src]").getAttribute("src");
}

// What is the same stays

function change(shown, next) {
  if (shown.isEqualNode(next)) return;
  if (shown.matches("form") && isBeingFilled(shown)) return;
  for (const { name } of [...shown.attributes]) {
    if (!next.hasAttribute(name) && !isPersons(shown, name)) shown.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (shown.getAttribute(name) !== value && !isPersons(shown, name)) {
      shown.setAttribute(name, value);
    }
  }
  if (shown.matches("textarea, select")) return;
  const byKey = new Map();
  for (const child of shown.children) if (child.dataset.key) byKey.set(child.dataset.key, child);
  let at = shown.firstChild;
  for (const wanted of [...next.childNodes]) {
    const found = counterpart(wanted, at, byKey);
    if (!found) {
      shown.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    // What stands between goes, so that what stays need not be moved: moving takes the focus away.
    if (found !== at) at = clearUntil(shown, at, { found, next });
    at = found.nextSibling;
    if (found.nodeType === Node.ELEMENT_NODE) change(found, wanted);
    else if (found.data !== wanted.data) found.data = wanted.data;
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/** Open or closed, ticked, chosen: that is the person's. */
function isPersons(element, name) {
  if (name === "open") return element.matches("details");
  return element.matches("input, textarea, select") && (name === "value" || name === "checked");
}

function counterpart(wanted, at, byKey) {
  const key = wanted.dataset?.key;
  if (key) return byKey.get(key) ?? null;
  if (!at || at.nodeType !== wanted.nodeType) return null;
  if (at.nodeType !== Node.ELEMENT_NODE) return at;
  return at.tagName === wanted.tagName && !at.dataset.key ? at : null;
}

/** Takes away what the next page does not have; moves `found` here only when something has to stay. */
function clearUntil(parent, from, { found, next }) {
  const kept = new Set([...next.children].map((child) => child.dataset.key).filter(Boolean));
  let at = from;
  while (at && at !== found) {
    const one = at;
    at = at.nextSibling;
    if (kept.has(one.dataset?.key)) {
      parent.insertBefore(found, one);
      return found;
    }
    one.remove();
  }
  return found;
}

/** Somebody is writing here: nothing of it is touched. */
function isBeingFilled(place) {
  if (place.querySelector("input:focus, textarea:focus, select:focus")) return true;
  return [...place.querySelectorAll("form[method=post] :is(input:not([type=hidden]), textarea)")]
    .concat(place.matches?.("form") ? [...place.querySelectorAll("input, textarea")] : [])
    .some((input) => input.value !== input.defaultValue);
}

// Changes, without leaving the page

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { accept: "text/html" },
    });
    const text = await answer.text();
    heard();
    if (answer.ok) done(form, answer);
    const isElsewhere = answer.ok && new URL(answer.url).pathname !== location.pathname;
    if (isElsewhere) location.assign(answer.url);
    else if (answer.ok) await ask();
    else refused(text);
  } catch {
    unheard(); // said by the page itself
  } finally {
    button?.removeAttribute("aria-busy");
  }
});

/** What was done is said by the next page, which knows it by its address. */
function done(form, answer) {
  document.querySelector("#main > [data-refused]")?.remove();
  form.reset();
  const details = form.closest("details.person");
  if (details) {
    details.open = false;
    details.querySelector("summary")?.focus();
  }
  const note = new URL(answer.url).searchParams.get("note");
  const here = new URL(location.href);
  if (note) here.searchParams.set("note", note);
  history.replaceState(null, "", here);
}

/** Only what went wrong is taken from that page; what was typed is still here. */
function refused(text) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const notice = next.querySelector("[data-key=notice]");
  if (!notice) return document.documentElement.replaceWith(next.documentElement);
  document.querySelector("#main > [data-key=notice]")?.remove();
  const here = new URL(location.href);
  here.searchParams.delete("note"); // what was done before
  history.replaceState(null, "", here);
  notice.dataset.refused = "";
  document.getElementById("main").prepend(notice);
  notice.scrollIntoView({ block: "nearest" });
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-filter]");
  if (form && event.target.matches("select")) form.requestSubmit();
});

/** Escape closes what was opened, and gives the focus back to what opened it. */
document.addEventListener("keydown", (event) => {
  const details = event.key === "Escape" ? event.target.closest("details[open]") : null;
  if (!details) return;
  details.open = false;
  details.querySelector("summary")?.focus();
});

// Silence

function heard() {
  silentSince = null;
  lastSeen = new Date();
  showSilence(false);
}

function unheard() {
  silentSince ??= Date.now();
  const isLong = Date.now() - silentSince >= SILENCE_MS;
  if (isLong) showSilence(true);
  askSoon(isLong ? AGAIN_MS : SILENCE_MS);
}

function showSilence(isSilent) {
  const link = document.getElementById("link");
  const words = isSilent ? link.dataset.lost : link.dataset.live;
  if (link.textContent !== words) link.textContent = words;
  if (isSilent) root.dataset.silent = "true";
  else delete root.dataset.silent;
  const seen = document.getElementById("last-seen");
  seen.dateTime = lastSeen.toISOString();
  seen.title = utcText(lastSeen);
  seen.textContent = timeText(lastSeen, true);
  document.getElementById("silence").hidden = !isSilent;
  const silence = document.querySelector("#silence h1").textContent;
  if (isSilent && document.title !== silence) document.title = silence;
}

// Times of a reader who is in another zone than the service

function inZone(place) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone === root.dataset.zone) return;
  for (const time of place.querySelectorAll("main time[datetime], footer time[datetime]")) {
    time.textContent = timeText(new Date(time.dateTime), "seconds" in time.dataset);
  }
}

function timeText(date, seconds) {
  const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const time = date.toLocaleTimeString("en-GB", seconds ? { ...hours, second: "2-digit" } : hours);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return time;
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return `${
    date.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year })
  }, ${time}`;
}

function utcText(date) {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

// News

function listen() {
  const news = new EventSource("/api/v1/events");
  news.addEventListener("open", () => askSoon(GATHER_MS));
  news.addEventListener("error", () => {
    unheard();
    // The browser tries again by itself, unless it was refused: then we do.
    if (news.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
  });
  news.addEventListener("progress", () => askSoon(PROGRESS_MS));
  news.addEventListener("acquiring", () => askSoon(ACQUIRING_MS));
  for (const kind of ["job", "destination", "finding", "report", "missed"]) {
    news.addEventListener(kind, () => askSoon(GATHER_MS));
  }
}

inZone(document);
showSilence(false);
setInterval(() => askSoon(0), LOOK_MS);
addEventListener("pageshow", (event) => event.persisted && askSoon(0));
listen();
