/** What we ask Windows for, and what we make of its answers; the answers are in Windows' own words. */
import assert from "node:assert/strict";
import { closeToOthers, othersIn } from "../../lib/process/access_list.ts";
import { orphansOf, parseProcesses } from "../../lib/process/orphans.ts";
import type { ToolOutcome } from "../../lib/process/mod.ts";
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
  return { ask, asked, state };
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
  const why = await closeToOthers("C:\\state", {
    scratch: dir.path,
    ask: pc.ask,
    open: ["server.json"],
  });
  assert.equal(why, null);
  const given = pc.asked.findIndex((line) => line.includes(`/grant:r *S-1-5-18:(OI)(CI)F`));
  const taken = pc.asked.findIndex((line) => line.includes("/inheritance:r"));
  assert.ok(given >= 0 && given < taken, "no step leaves this account outside");
  assert.ok(pc.asked[given]!.includes(`*${OWN}:(OI)(CI)F`), pc.asked[given]);
  assert.match(pc.asked[taken]!, /\/remove:g \*S-1-5-32-545 \*S-1-1-0 /);
  assert.ok(pc.asked.some((line) => line.includes("server.json /grant *S-1-5-32-545:R")));
  assert.deepEqual([...Deno.readDirSync(dir.path)], [], "nothing is left of what icacls wrote");
});

Deno.test("one that is closed is left as it is", async () => {
  await using dir = await tempDir();
  const pc = pcWith(`D:PAI${FULL}`);
  assert.equal(await closeToOthers("C:\\state", { scratch: dir.path, ask: pc.ask }), null);
  assert.ok(!pc.asked.some((line) => line.includes("/grant")));
});

Deno.test("one that cannot be closed, or looked at, is told of and never called closed", async () => {
  await using dir = await tempDir();
  const open = pcWith(`D:AI${FULL}(A;OICIID;FA;;;BU)`, { obeys: false });
  const still = await closeToOthers("C:\\state", { scratch: dir.path, ask: open.ask });
  assert.match(still ?? "", /^BU may still use it/);
  // An icacls that says nothing and 0, as wine's.
  const mute = () => Promise.resolve(said(""));
  const blind = await closeToOthers("C:\\state", { scratch: dir.path, ask: mute });
  assert.match(blind ?? "", /did not say which account/);
  const half = (command: string) => Promise.resolve(said(command === "whoami" ? OWN : ""));
  const unseen = await closeToOthers("C:\\state", { scratch: dir.path, ask: half });
  assert.match(unseen ?? "", /icacls did not say who may use/);
});

Deno.test("leftovers are what the dead service started, not a later namesake's", () => {
  const listed = parseProcesses(
    "4 0 1000 System\r\n50 42 2500 rclone.exe\r\n51 42 500 explorer.exe\r\n52 7 2600 ssh.exe\r\n" +
      "60 42 9000 my backup.exe\r\n42 1 8000 chrome.exe\r\nno process\r\n",
  );
  const names = (beganMs: number, of = listed) =>
    orphansOf({ pid: 42, beganMs }, of).map(({ name }) => name);
  // 42 is chrome by now: what it started itself is its own.
  assert.deepEqual(names(2000), ["rclone.exe"]);
  assert.deepEqual(names(2000, listed.filter(({ pid }) => pid !== 42)), [
    "rclone.exe",
    "my backup.exe",
  ]);
});
