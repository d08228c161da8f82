import assert from "node:assert/strict";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { PROGRAM } from "../support/program.ts";

async function labferry(
  state: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, "--state-dir", state, ...args],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function done(state: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await labferry(state, ...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

Deno.test("report: three edits and two reverts leave a history told in plain words that verifies", async () => {
  await using dir = await tempDir();
  const state = dir.join("state");
  await done(state, "report", "create", "Cortex Q3");
  await done(state, "report", "note", "cortex", "slide 3 was out of focus", "--author", "Ada");
  await done(state, "report", "rename", "cortex", "Cortex, third quarter");
  await done(state, "report", "tag", "cortex", "mouse");
  for (const type of ["tag_update", "rename"]) {
    const { events } = JSON.parse(await done(state, "--json", "report", "history", "cortex"));
    const { action_id } = events.find((one: { action_type: string }) => one.action_type === type);
    await done(state, "report", "revert", "cortex", action_id.slice(0, 8), "--author", "Bo");
  }
  const history = await done(state, "report", "history", "Cortex Q3");
  const lines = history.trim().split("\n").slice(1);
  assert.equal(lines.length, 6);
  assert.match(lines[0]!, /command line\s+created the report “Cortex Q3”/);
  assert.match(lines[1]!, /Ada\s+noted in “Notes”: “slide 3 was out of focus”/);
  assert.match(lines[2]!, /renamed the report from “Cortex Q3” to “Cortex, third quarter”/);
  assert.match(lines[3]!, /added the tags “mouse”/);
  assert.match(lines[4]!, /v5\s+Bo\s+undid .* \(added the tags “mouse”\)$/);
  assert.match(lines[5]!, /v6\s+Bo\s+undid .* and the 2 actions after it$/);
  assert.match(await done(state, "report", "verify"), /^ok .* 6 events in one chain, 5 backups/);
  const markdown = await done(state, "report", "render", "cortex");
  assert.ok(markdown.startsWith("# Cortex Q3\n") && markdown.includes("slide 3 was out of focus"));
});

Deno.test("report: every change of the table works and says what it did", async () => {
  await using dir = await tempDir();
  const state = dir.join("state");
  const json = async (...args: string[]) =>
    JSON.parse(await done(state, "--json", "report", ...args));
  const { report_id: id } = await json("create", "A", "--tag", "x");
  await done(state, "report", "section", "add", id, "Methods", "--text", "Two *lasers*");
  await done(state, "report", "insight", "add", id, "It glows", "--section", "Methods");
  const shown = await json("show", id);
  const insight = shown.report.insights[0].insight_id.slice(0, 8);
  await done(state, "report", "insight", "edit", id, insight, "It glows red", "--importance", "8");
  await done(state, "report", "note", id, "really", "--author", "Ada", "--about", insight);
  await done(state, "report", "section", "add", id, "Intro");
  await done(state, "report", "section", "reorder", id, "Intro", "1");
  const diff = await done(state, "report", "diff", id, "2", "4");
  assert.match(diff, /added\s+insight “It glows red”/);
  await done(state, "report", "insight", "archive", id, insight);
  await done(state, "report", "fork", id, "B");
  const { report_id: merged } = await json("merge", "A", "B", "--title", "Both");
  assert.equal((await json("show", merged)).report.sections.length, 4);
  await done(state, "report", "archive", "B");
  await done(state, "report", "delete", "Both");
  const list = await json("list");
  assert.deepEqual(
    list.reports.map((one: { current_title: string; status: string }) =>
      `${one.current_title} ${one.status}`
    ).sort(),
    ["A active", "B archived"],
  );
  assert.equal((await json("list", "--tag", "x", "--status", "active")).reports.length, 1);
  const file = dir.join("a.html");
  await done(state, "report", "render", "A", "--format", "html", "-o", file);
  assert.ok((await Deno.readTextFile(file)).includes("Two <em>lasers</em>"));
  await done(state, "report", "rebuild");
  assert.match(await done(state, "report", "verify", "A"), /^ok/);
});

Deno.test("report: wrong usage, unknown and ambiguous reports exit 2, a broken history 1", async () => {
  await using dir: TempDir = await tempDir();
  const state = dir.join("state");
  const { report_id: id } = JSON.parse(await done(state, "--json", "report", "create", "Cortex 1"));
  await done(state, "report", "create", "Cortex 2");
  const fails = async (code: number, said: RegExp, ...args: string[]) => {
    const outcome = await labferry(state, "report", ...args);
    assert.equal(outcome.code, code, args.join(" "));
    assert.match(outcome.stderr + outcome.stdout, said);
  };
  await fails(2, /--author/, "note", "Cortex 1", "anonymous");
  await fails(2, /no report "Liver"/, "show", "Liver");
  await fails(
    2,
    /fits 2 reports: .*Cortex 1.*Cortex 2|fits 2 reports: .*Cortex 2.*Cortex 1/s,
    "show",
    "Cortex",
  );
  await fails(
    1,
    /you saw version 9, it is at version 1/,
    "rename",
    id,
    "x",
    "--expect-version",
    "9",
  );
  await Deno.writeTextFile(`${state}/reports/by_id/${id}/outline.json`, "{}");
  await fails(1, /BROKEN .*outline\.json/, "verify", id);
});
