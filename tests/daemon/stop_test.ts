/** The service ends when it is told to, whatever a share that hangs keeps of it. */
import assert from "node:assert/strict";
import { openControl } from "../../lib/daemon/mod.ts";
import { Ending } from "../../lib/daemon/ending.ts";
import { LIMIT_MS, runDir, SENTINEL, SOON, untilProven, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { oddShare, type ShareOperation } from "../support/odd_share.ts";
import { procFile } from "../support/processes.ts";
import { until } from "../support/until.ts";

/** Ten seconds, as `RunningDaemon.stop` says, and `labferry stop`, where the computer does little else. */
const PROMISED_MS = 15_000;

/** Where in the work on a run it begins to hang: the Nth time that this is asked. */
const HANGS: readonly (readonly [operation: ShareOperation, nth: number])[] = [
  ["flush", 1],
  ["rename", 1],
  ["open", 12],
];

for (const [operation, nth] of HANGS) {
  testWith(
    ["fuse"],
    `a root that hangs in ${operation} (${nth}) holds up neither page, nor another instrument, nor the end`,
    async () => {
      await using share = await oddShare();
      await using lab = await openLab({
        equipment: { AFAR_01: "mount", PLATE_01: "mount" },
        dataRoots: { AFAR_01: share.path },
        signals: { AFAR_01: SENTINEL, PLATE_01: SENTINEL },
        syncYaml: SOON,
      });
      await markDestinations(lab);
      const afar = `${share.path}/AFAR_01/Cortex Q3/Runs/Run_a`;
      const near = runDir(lab, "PLATE_01", "Run_b");
      {
        await using service = await startLabDaemon(lab);
        await share.set({ hangsAt: { operation, nth, name: "", seconds: 100 } });
        try {
          // Past the share: what hangs is the service's own doing.
          const behind = afar.replace(share.path, share.diskPath);
          for (const name of ["a.dat", "b.dat", "done.flag"]) await write(behind, name, name);
          await until(() => share.isHanging(), { what: "the share to hang", limitMs: LIMIT_MS });
          for (const name of ["a.dat", "done.flag"]) await write(near, name, name);
          {
            using daemon = await openControl(lab.config, lab.stateDir);
            await untilProven(daemon, near);
          }
          const page = await fetch(service.url);
          assert.equal(page.status, 200);
          await page.body?.cancel();
          const told = performance.now();
          service.signal("SIGTERM");
          // A call that the share has taken can nobody end: then its first thread has ended, and its lock is gone.
          await until(
            () => /^State:\s+Z/m.test(procFile(`${service.pid}`, "status") ?? "State: Z"),
            {
              what: "the service to end",
              limitMs: LIMIT_MS,
            },
          );
          assert.ok(performance.now() - told < PROMISED_MS, "it ended too late");
        } finally {
          share.on();
        }
        assert.equal((await service.ended).code, 0);
      }
      await using _again = await startLabDaemon(lab);
      using daemon = await openControl(lab.config, lab.stateDir);
      await untilProven(daemon, afar);
    },
  );
}

Deno.test("Ending leaves behind what does not end, says so, and gives back what the next start needs", async () => {
  const ending = new Ending();
  const done: string[] = [];
  await using stack = new AsyncDisposableStack();
  stack.defer(() => void done.push("in order"));
  const hangs = stack.use({ [Symbol.asyncDispose]: () => new Promise<void>(() => {}) });
  ending.add(hangs);
  ending.add({ [Symbol.asyncDispose]: () => Promise.resolve(void done.push("told")) });
  stack.defer(() => ending.tell());
  const said: string[] = [];
  await Ending.inTime(stack.move(), {
    limitMs: 50,
    leave: () => void done.push("left"),
    log: { error: (message: unknown) => void said.push(String(message)) } as never,
  });
  assert.deepEqual(done, ["told", "left"]);
  assert.match(said.join(), /did not end within/);
});
