/** The fleet as one static page: no script, nothing from elsewhere, so that anybody opens it from the share. */
import { formatBytes } from "../base/mod.ts";
import { duration } from "./findings.ts";
import { type FleetStanding, fleetWords, type HostStanding } from "./standing.ts";

export function fleetPage(standing: FleetStanding): string {
  const { hosts, read_at, notes } = standing;
  const rows = hosts.map((host) => row(host, Date.parse(read_at))).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>labferry: ${hosts.length} computers</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(fleetWords(standing))}</h1>
<p>Read <time datetime="${read_at}">${
    read_at.slice(0, 16).replace("T", " ")
  } UTC</time>, worst first.</p>
${notes.map((note) => `<p class="unread">${escaped(note)}</p>\n`).join("")}<table>
<thead><tr><th scope="col">Computer</th><th scope="col">How it stands</th><th scope="col">Instruments</th><th scope="col">Not safe yet</th><th scope="col">Last heard</th><th scope="col">labferry</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>
</body>
</html>
`;
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.45 system-ui,sans-serif}
body{margin:2rem auto;max-width:80rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8886}
ul{margin:0;padding-left:1.1em}
.unread{border-left:.4rem solid #c62828;padding-left:.6rem}
.red td:first-child{border-left:.4rem solid #c62828;padding-left:.6rem}
.amber td:first-child{border-left:.4rem solid #b26a00;padding-left:.6rem}
.green td:first-child{border-left:.4rem solid #2e7d32;padding-left:.6rem}`;

function row(host: HostStanding, nowMs: number): string {
  const words = host.findings.map(({ words }) => `<li>${escaped(words)}</li>`).join("");
  const heard = host.written_at === null
    ? "never"
    : `${duration(Math.max(0, nowMs - Date.parse(host.written_at)))} ago`;
  const cells = [
    `<strong>${escaped(host.host)}</strong><br><small>${escaped(host.id)}</small>`,
    `${MARKS[tone(host)]}<ul>${words}</ul>`,
    escaped(host.equipment.join(", ")),
    host.unsafe_bytes === 0 ? "" : formatBytes(host.unsafe_bytes),
    heard,
    escaped(host.version),
  ];
  return `<tr class="${tone(host)}">${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

/** A colour is never the only sign. */
const MARKS = { red: "look at it", amber: "to know", green: "well" } as const;

function tone({ is_red, trouble }: HostStanding): keyof typeof MARKS {
  return is_red ? "red" : trouble === "safe" ? "green" : "amber";
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters, and those that turn the direction of what follows. */
const UNSHOWN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Names come from other computers; a lone half of a character is no UTF-8. */
function escaped(text: string): string {
  const clean = text.toWellFormed().replace(UNSHOWN, " ");
  return clean.replace(/[&<>"']/g, (sign) => ESCAPES[sign]!);
}
