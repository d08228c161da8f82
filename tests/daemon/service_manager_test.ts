/** What a service manager hears of the daemon, by the real protocol and systemd's own program. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { procFile } from "../support/processes.ts";
import { until } from "../support/until.ts";

/** Each datagram is a line; what comes with it, a file descriptor that says "I wait", is let go. */
const LISTENER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)
`;

testWith(
  ["systemdNotify", "python", "linux"],
  "the daemon says that it is ready, that it lives, and that it stops",
  async () => {
    await using lab = await openLab();
    const socket = lab.join("notify");
    const listener = new Deno.Command("python3", {
      args: ["-c", LISTENER, socket],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    let heard = "";
    const read = (async () => {
      for await (const part of listener.stdout.pipeThrough(new TextDecoderStream())) heard += part;
    })();
    try {
      await until(() => exists(socket), { what: "the listener" });
      const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "400000" };
      await using daemon = await startLabDaemon(lab, { env });
      await until(() => heard.includes("READY=1"), { what: () => `READY=1 in ${heard}` });
      assert.match(heard, /STATUS=labferry is at http:\/\/127\.0\.0\.1:\d+/);
      await until(() => heard.split("WATCHDOG=1").length > 3, { what: () => `life in ${heard}` });
      const stopped = await labferry(lab, ["stop"]);
      assert.match(stopped.stdout, /^labferry has stopped\.$/m);
      assert.equal((await daemon.ended).code, 0);
      await until(() => heard.includes("STOPPING=1"), { what: () => `STOPPING=1 in ${heard}` });
      assert.match((await labferry(lab, ["stop"])).stdout, /No labferry daemon is running/);
    } finally {
      listener.kill("SIGKILL");
      await listener.status;
      await read;
    }
  },
);

testWith(
  ["linux"],
  "the daemon runs on where the manager cannot be told, and says so",
  async () => {
    await using lab = await openLab();
    const env = { NOTIFY_SOCKET: lab.join("nobody"), WATCHDOG_USEC: "60000000" };
    await using daemon = await startLabDaemon(lab, { env });
    await until(() => /systemd could not be told/.test(daemon.stderr()), {
      what: () => `a word in ${daemon.stderr()}`,
    });
    assert.equal((await labferry(lab, ["status"])).code, 0);
    assert.ok(procFile(String(daemon.pid), "environ"), "it is there");
  },
);

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
