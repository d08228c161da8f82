/** inotify's limit really reached, in a user namespace of its own: it is said once, and costs latency. */
import assert from "node:assert/strict";
import { hasArrived, runDir, SENTINEL, SOON, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const MOST_WATCHES = 6;
const DEEP = "1/2/3/4/5/6/a.dat";

for (const when of ["at the start", "while it watches"] as const) {
  testWith(
    ["userNamespaces"],
    `a watcher that runs out of inotify watches ${when} is said once, and the scan finds all`,
    async () => {
      await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
      await markDestinations(lab);
      const [first, second] = ["Run_a", "Run_b"].map((leaf) => runDir(lab, "PLATE_01", leaf));
      if (when === "at the start") await write(first!, DEEP, "alpha");
      else await Deno.mkdir(`${lab.dataRoot}/PLATE_01`);
      await using _daemon = await startLabDaemon(lab, {
        within: [
          ...["unshare", "--user", "--map-root-user", "sh", "-c"],
          `echo ${MOST_WATCHES} > /proc/sys/user/max_inotify_watches && exec "$@"`,
          "sh",
        ],
      });
      await write(first!, DEEP, "alpha");
      await write(first!, "done.flag", "");
      await until(() => hasArrived(lab, first!), { what: "the first run", limitMs: 60_000 });
      await write(second!, DEEP, "beta");
      await write(second!, "done.flag", "");
      await until(() => hasArrived(lab, second!), { what: "the second run", limitMs: 60_000 });
      const log = await Deno.readTextFile(lab.stateDir.logFile);
      const said = log.split("\n").filter((line) => line.includes("no file events"));
      assert.equal(said.length, 1, log);
      assert.match(said[0]!, /PLATE_01.*by the scan alone.*limit/);
    },
  );
}
