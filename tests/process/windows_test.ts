/** What we ask Windows for, and what we make of its answers; the answers are in Windows' own words. */
import assert from "node:assert/strict";
import {
  type AskAccess,
  closeToOthers,
  letUsersRead,
  othersIn,
} from "../../lib/process/access_list.ts";
import { endOrphansOf, orphansOf, parseProcesses } from "../../lib/process/orphans.ts";
import type { ToolExit, ToolOutcome } from "../../lib/process/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const OWN = "S-1-5-21-1004336348-1177238915-682003330-1013";
const FULL = `(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${OWN})`;

const said = (stdout: string): ToolOutcome => ({
  kind: "exited",
  code: 0,
  signal: null,
  stdout,
  stdoutBytes: new Uint8Array(),
  stderrTail: "",
  stderrUnheardBytes: 0,
});

/** `icacls` and `whoami` of a PC whose folder has the access list `list`; `obeys` false sets nothing. */
function pcWith(list: string, { obeys = true } = {}) {
  const asked: string[] = [];
  const state = { list };
  const ask = async (command: string, args: readonly string[]): Promise<ToolOutcome> => {
    asked.push([command, ...args].join(" "));
    if (command === "whoami") return said(`"LAB-PC\\\\Müller","${OWN}"\r\n`);
    const at = args.indexOf("/save");
    if (at > 0) {
      const text = `\uFEFFstate\r\n${state.list}\r\n`;
      const units = Uint16Array.from(text, (letter) => letter.charCodeAt(0));
      await Deno.writeFile(args[at + 1]!, new Uint8Array(units.buffer));
    } else if (obeys && args.includes("/inheritance:r")) {
      state.list = `D:PAI${FULL}(A;;0x1200a9;;;BU)`;
    }
    return said("");
  };
  return { ask, asked };
}

Deno.test("othersIn names whoever may do more than look at the folder", () => {
  const lists: [string, string[]][] = [
    [`D:PAI${FULL}`, []],
    [`D:PAI${FULL}(A;;0x1200a9;;;BU)`, []],
    // As %PROGRAMDATA% hands it on: users read all files and make some of their own.
    [`D:AI${FULL}(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)(A;OICIIOID;GA;;;CO)`, ["BU"]],
    [`D:${FULL}(A;;FA;;;WD)(A;OICI;FR;;;AU)`, ["WD", "AU"]],
    [`D:${FULL}(A;OICI;FR;;;S-1-5-21-1-2-3-500)`, ["S-1-5-21-1-2-3-500"]],
    [`D:${FULL}(D;OICI;FA;;;BG)`, []],
    ["D:NO_ACCESS_CONTROL", ["WD"]],
  ];
  for (const [list, others] of lists) assert.deepEqual(othersIn(list, { own: OWN }), others, list);
  // A secret is not even for looking at.
  const secret = `D:AI${FULL}(A;ID;0x1200a9;;;BU)`;
  assert.deepEqual([othersIn(secret, { own: OWN }), othersIn(secret, { own: OWN, secret: true })], [
    [],
    ["BU"],
  ]);
});

Deno.test("a state directory is closed to others, and looked at again", async () => {
  await using dir = await tempDir();
  const pc = pcWith(`D:AI${FULL}(A;OICIID;0x1200a9;;;BU)(A;;FA;;;WD)`);
  await letUsersRead(["C:\\state\\server.json"], pc.ask);
  assert.ok(pc.asked.at(-1)!.includes("server.json /grant *S-1-5-32-545:R"), pc.asked.at(-1));
  await using state = await tempDir();
  const closed = await closeToOthers(state.path, { scratch: dir.path, ask: pc.ask });
  assert.deepEqual(closed, { strangers: ["BU", "WD"], why: null });
  assert.ok(pc.asked.some((line) => line.includes(`/setowner *${OWN} /t /l`)));
  assert.ok(
    pc.asked.filter((line) => / \/(grant|reset|remove|setowner)/.test(line))
      .every((line) => line.includes("/l")),
    "no link is followed",
  );
  const given = pc.asked.findIndex((line) => line.includes(`/grant:r *S-1-5-18:(OI)(CI)F`));
  const taken = pc.asked.findIndex((line) => line.includes("/inheritance:r"));
  assert.ok(given >= 0 && given < taken, "no step leaves this account outside");
  assert.ok(pc.asked[given]!.includes(`*${OWN}:(OI)(CI)F`), pc.asked[given]);
  assert.match(pc.asked[taken]!, /\/remove:g \*S-1-5-32-545 \*S-1-1-0 /);
  assert.deepEqual([...Deno.readDirSync(dir.path)], [], "nothing is left of what icacls wrote");
});

Deno.test("one that is closed is left as it is", async () => {
  await using dir = await tempDir();
  const pc = pcWith(`D:PAI${FULL}`);
  await using state = await tempDir();
  const closed = await closeToOthers(state.path, { scratch: dir.path, ask: pc.ask });
  assert.deepEqual(closed, { strangers: [], why: null });
  assert.ok(!pc.asked.some((line) => line.includes("/grant")));
});

Deno.test("one that cannot be closed, or looked at, is told of and never called closed", async () => {
  await using dir = await tempDir();
  await using state = await tempDir();
  const whyNot = async (ask: AskAccess) =>
    (await closeToOthers(state.path, { scratch: dir.path, ask })).why ?? "";
  const open = pcWith(`D:AI${FULL}(A;OICIID;FA;;;BU)`, { obeys: false });
  assert.match(await whyNot(open.ask), /^BU may still use it/);
  // An icacls that says nothing and 0, as wine's.
  assert.match(await whyNot(() => Promise.resolve(said(""))), /did not say which account/);
  const half = (command: string) => Promise.resolve(said(command === "whoami" ? OWN : ""));
  assert.match(await whyNot(half), /icacls did not say who may use/);
  // Its owner may open it again at any time.
  const owned = pcWith(`D:PAI${FULL}`);
  const another = async (command: string, args: readonly string[]) =>
    args.includes("/setowner")
      ? { ...said("") as ToolExit, code: 5 }
      : await owned.ask(command, args);
  assert.match(await whyNot(another), /could not be made this account's own/);
  await Deno.symlink(state.path, dir.join("link"));
  const link = await closeToOthers(dir.join("link"), { scratch: dir.path, ask: owned.ask });
  assert.equal(link.why, "it is a link");
});

Deno.test("leftovers are what the dead service started, not a later namesake's", () => {
  const listed = parseProcesses(
    "4 0 1000 System\r\n50 42 2500 rclone.exe\r\n51 42 500 explorer.exe\r\n52 7 2600 ssh.exe\r\n" +
      "60 42 9000 my backup.exe\r\n61 42 9100 ssh.exe\r\n42 1 8000 chrome.exe\r\nno process\r\n",
  );
  const names = (beganMs: number, of = listed) =>
    orphansOf({ pid: 42, beganMs }, of).map(({ name }) => name);
  // 42 is chrome by now: what it started itself is its own; and a backup is no tool of ours.
  assert.deepEqual(names(2000), ["rclone.exe"]);
  assert.deepEqual(names(2000, listed.filter(({ pid }) => pid !== 42)), ["rclone.exe", "ssh.exe"]);
});

Deno.test("nothing from before this start of the computer is looked for", async () => {
  const now = { nowMs: Date.UTC(2026, 1, 2, 12), upMs: 60_000 };
  const threeDaysAgo = { pid: 1204, beganMs: now.nowMs - 3 * 86_400_000 };
  // Not even by a question: on this system there is no PowerShell that could answer it.
  assert.deepEqual(await endOrphansOf(threeDaysAgo, now), { ended: 0, unknown: null });
});
