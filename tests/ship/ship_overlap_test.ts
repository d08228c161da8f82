/** Folders and destinations that are one place, or lie in one another. */
import assert from "node:assert/strict";
import { createTransport, openStateDir, type TransportChoice } from "../../lib/daemon/mod.ts";
import { shipRun } from "../../lib/ship/mod.ts";
import { isThisMachine } from "../../lib/transports/rsync_ssh/this_machine.ts";
import { testWith } from "../support/needs.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

/** One folder of this machine, as each transport names it. */
const CHOICES: readonly ((path: string) => TransportChoice)[] = [
  (path) => ({ type: "mount", path }),
  (path) => ({ type: "rclone", remote: ":local:", remotePath: path }),
  (remotePath) => ({
    type: "rsync_ssh",
    target: "root@127.0.0.1",
    keyPath: null,
    port: 9,
    remotePath,
  }),
];

async function ship(
  dir: TempDir,
  run: string,
  { to, choice = CHOICES[0]! }: { to: string; choice?: (path: string) => TransportChoice },
) {
  return await shipRun({
    dir: dir.join(run),
    transport: createTransport(choice(dir.join(to))),
    stateDir: await openStateDir(dir.join("state")),
    initDestination: true,
    uploadMbps: null,
    gate: true,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
}

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
}

for (const choice of CHOICES) {
  const { type } = choice("/");
  testWith(
    type === "rclone" ? ["rclone"] : [],
    `shipRun refuses over ${type} what lies in one another, and leaves no trace`,
    async () => {
      for (
        const [run, to] of [
          ["lab/run", "lab/run"],
          ["lab/run", "lab/run/out/deep"],
          ["lab/run", "lab"],
          ["lab/run", "link"],
          ["lab/run/run", "lab"],
        ] as const
      ) {
        await using dir = await tempDir();
        await dir.write("lab/run/a.dat", "alpha");
        await dir.write("lab/run/run/b.dat", "beta");
        await Deno.symlink(dir.join("lab"), dir.join("link"));
        await assert.rejects(ship(dir, run, { to, choice }), { code: "usage" }, `${run} to ${to}`);
        assert.deepEqual(await namesIn(dir.join("lab")), ["run"]);
        assert.deepEqual(await namesIn(dir.join("lab/run")), ["a.dat", "run"]);
      }
    },
  );
}

testWith(["rclone"], "shipRun refuses an encrypted destination inside the folder", async () => {
  await using dir = await tempDir();
  await dir.write("lab/run/a.dat", "alpha");
  const choice = (path: string): TransportChoice => ({
    type: "rclone",
    remote: `:crypt,remote="${path}",password=x:`,
    remotePath: "",
  });
  await assert.rejects(ship(dir, "lab/run", { to: "lab/run/enc", choice }), { code: "usage" });
  assert.deepEqual(await namesIn(dir.join("lab/run")), ["a.dat"]);
});

Deno.test("isThisMachine knows this machine's own names and addresses, and no others", () => {
  const own = [Deno.hostname(), "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"];
  for (const host of own) assert.equal(isThisMachine(host), true, host);
  for (const host of ["nas01", "192.0.2.7", "2001:db8::7", "127.0.0.1.example"]) {
    assert.equal(isThisMachine(host), false, host);
  }
});

Deno.test("shipRun takes a folder to a neighbour whose name only begins alike", async () => {
  await using dir = await tempDir();
  await dir.write("lab/run/a.dat", "alpha");
  assert.equal((await ship(dir, "lab/run", { to: "lab/run2" })).state, "verified");
});

Deno.test("shipRun refuses folders named like labferry's own", async () => {
  for (const name of [".labferry-superseded", ".labferry-destination.json", ".exlab-wizard"]) {
    await using dir = await tempDir();
    await dir.write(`${name}/a.dat`, "alpha");
    await assert.rejects(ship(dir, name, { to: "nas" }), { code: "usage" });
    assert.deepEqual((await namesIn(dir.path)).includes("nas"), false);
  }
});
