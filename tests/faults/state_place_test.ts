/** A state directory that is in the wrong place: whatever is asked, a person is told where and what to do. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";

type Place = readonly [
  what: string,
  hint: RegExp,
  make: (stack: AsyncDisposableStack) => Promise<string>,
];

const PLACES: readonly Place[] = [
  ["a file", /--state-dir/, async (stack) => {
    const dir = stack.use(await tempDir());
    return await dir.write("state", "not a folder");
  }],
  ["on a read-only disk", /writ/, async (stack) => {
    const disk = stack.use(await smallDisk(1024));
    mount("-o", "remount,ro", disk.path);
    return disk.join("state");
  }],
  ["on a full disk", /space|room/i, async (stack) => {
    const disk = stack.use(await smallDisk(64));
    await Deno.mkdir(disk.join("state"));
    await fill(disk.join("filling"));
    return disk.join("state");
  }],
  ["on a share without locks", /local disk/, async (stack) => {
    const share = stack.use(await oddShare({ noLocks: "ENOLCK" }));
    return share.join("state");
  }],
  ["on a share that is off", /state|disk|share/, async (stack) => {
    const share = stack.use(await oddShare({ down: "EHOSTDOWN" }));
    return share.join("state");
  }],
];

for (const [what, hint, make] of PLACES) {
  testWith(
    ["tmpfs", "fuse"],
    `a state directory ${what} is told with its path and a next step`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const lab = stack.use(await openLab());
      const run = await lab.makeRun({ "a.dat": "alpha" });
      const state = await make(stack);
      const commands = [
        ["daemon"],
        ["enqueue", run],
        ["ship", run, "--to", lab.join("elsewhere"), "--no-gate"],
        ["destination", "init"],
      ];
      for (const command of commands) {
        const args = [...command, "--json", "--config", lab.configFile, "--state-dir", state];
        const said = await labferry(lab, args, { bare: true });
        const { error } = said.json();
        const shown = `${command[0]}: ${JSON.stringify(error)}`;
        assert.notEqual(said.code, 0, shown);
        assert.notEqual(error?.code, "internal", shown);
        assert.ok(error.path?.startsWith(state), shown);
        assert.match(error.hint ?? "", hint, shown);
      }
      // A question is answered, or refused as clearly.
      const asked = await labferry(
        lab,
        ["status", "--json", "--config", lab.configFile, "--state-dir", state],
        { bare: true },
      );
      assert.notEqual(asked.json().error?.code, "internal", asked.stdout);
    },
  );
}

function mount(...args: string[]): void {
  const { success } = new Deno.Command("mount", { args, stdin: "null" }).outputSync();
  assert.ok(success, `mount ${args.join(" ")}`);
}

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  try {
    while (true) await file.write(new Uint8Array(4096));
  } catch (error) {
    if (!/os error 28/.test(String(error))) throw error;
  }
}
