/**
 * The artefact itself, where there is nothing but it: an empty root, an account without rights, no
 * network but loopback. The portable file, or with LABFERRY_ARTEFACT the executable.
 */
import assert from "node:assert/strict";
import { VERSION } from "../../lib/base/mod.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { builtArtefact } from "./built.ts";
import { ACCOUNT, type EmptyRoot, emptyRoot } from "./empty_root.ts";

const LABFERRY = "/opt/labferry";
const CACHE = "/home/lab/.cache/labferry";

async function machine(tools: readonly string[] = []): Promise<EmptyRoot> {
  return await emptyRoot({ tools, files: { [LABFERRY]: await builtArtefact() } });
}

async function isPortable(file: string): Promise<boolean> {
  using script = await Deno.open(file);
  const begin = new Uint8Array(2);
  await script.read(begin);
  return new TextDecoder().decode(begin) === "#!";
}

/** A file or folder of the account's own, on the machine. */
async function give(root: EmptyRoot, path: string, content?: string | Uint8Array): Promise<void> {
  const outside = root.outside(path);
  if (content === undefined) await Deno.mkdir(outside, { recursive: true });
  else if (typeof content === "string") await Deno.writeTextFile(outside, content);
  else await Deno.writeFile(outside, content);
  await Deno.chown(outside, ACCOUNT, ACCOUNT);
}

testWith(
  ["linux", "root", "namespaces"],
  "on an empty machine the portable file says its version, from one folder of the account's",
  async () => {
    await using root = await machine();
    for (const start of ["first", "second"]) {
      const { code, stdout, stderr } = await root.run([LABFERRY, "--version"]);
      assert.equal(`${stdout}${stderr}`, `${VERSION}\n`, start);
      assert.equal(code, 0);
    }
    const wrong = await root.run([LABFERRY, "no-such-command"]);
    assert.equal(wrong.code, 2, wrong.stderr);
    // The executable unpacks nothing.
    if (!await isPortable(root.outside(LABFERRY))) return;
    const kept = [...Deno.readDirSync(root.outside(CACHE))].map(({ name }) => name);
    assert.equal(kept.length, 2, kept.join());
    // Beside what the runtime keeps; a sum may come before or behind that name.
    const [unpacked] = kept.filter((name) => /^[0-9a-f]{64}$/.test(name));
    assert.ok(unpacked, kept.join());
    assert.equal(Deno.lstatSync(root.outside(`${CACHE}/${unpacked}`)).mode! & 0o777, 0o700);
  },
);

testWith(
  ["linux", "root", "namespaces"],
  "on an empty machine the demo ends verified",
  async () => {
    await using root = await machine();
    const demo = await root.run([LABFERRY, "demo", "--exit", "--port", "0"]);
    assert.equal(demo.code, 0, demo.stderr + demo.stdout);
  },
);

testWith(
  ["linux", "root", "namespaces"],
  "the service's file starts the artefact itself, not what it unpacked",
  async () => {
    await using root = await machine();
    const print = ["service", "print", "--kind", "systemd", ...WHERE];
    const { code, stdout, stderr } = await root.run([LABFERRY, ...print]);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(`ExecStart="${LABFERRY}" "daemon"`), stdout);
  },
);

testWith(
  ["linux", "root", "namespaces", "rclone", "rsync", "sshd", "sha256sum"],
  "on an empty machine a folder goes over each transport, byte by byte",
  async () => {
    await using root = await machine(["rclone", "rsync", "ssh"]);
    await using nas = await startSshd({ startedBy: root.inItsNetwork });
    await give(root, "/data/Run 1 [a] & 50%");
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    await give(root, "/data/Run 1 [a] & 50%/Größe $(x).tif", bytes);
    await give(root, "/home/lab/key", await Deno.readTextFile(nas.keyPath));
    await Deno.chmod(root.outside("/home/lab/key"), 0o600);
    await give(root, "/nas/mount");
    await give(root, "/nas/rclone");
    const farSsh = root.outside("/nas/ssh");
    await Deno.mkdir(farSsh);
    const remote = { RCLONE_CONFIG_LAB_TYPE: "alias", RCLONE_CONFIG_LAB_REMOTE: "/nas/rclone" };
    const ways: [to: string, far: string, more: string[]][] = [
      ["/nas/mount", "/nas/mount", []],
      ["lab:", "/nas/rclone", []],
      [`${nas.user}@127.0.0.1:${farSsh}`, "/nas/ssh", [
        ...["--ssh-key", "/home/lab/key", "--ssh-port", String(nas.port)],
      ]],
    ];
    for (const [to, far, more] of ways) {
      const ship = [LABFERRY, "ship", "/data/Run 1 [a] & 50%", "--to", to, "--init-destination"];
      const { code, stdout, stderr } = await root.run([...ship, ...more, "--json"], remote);
      assert.equal(code, 0, `${to}: ${stderr}${stdout}`);
      assert.equal(JSON.parse(stdout).state, "verified");
      const there = root.outside(`${far}/Run 1 [a] & 50%/Größe $(x).tif`);
      assert.deepEqual(await Deno.readFile(there), bytes, to);
    }
  },
);

testWith(
  ["linux", "root", "namespaces"],
  "on an empty machine the service goes on after SIGKILL, and SIGTERM ends it in good order",
  async () => {
    await using root = await machine();
    await give(root, "/home/lab/config.yaml", CONFIG);
    await give(root, "/nas/PLATE_01");
    await give(root, "/data/Run_1");
    await give(root, "/data/Run_1/a.dat", new Uint8Array(30_000_000).fill(7));
    const labferry = async (...args: string[]) => {
      const ended = await root.run([LABFERRY, ...args, ...WHERE]);
      assert.equal(ended.code, 0, `${args.join(" ")}: ${ended.stderr}${ended.stdout}`);
      return ended.stdout;
    };
    await labferry("destination", "init");
    const { lines } = JSON.parse(await labferry("doctor", "--json"));
    assert.ok(lines.length > 10);
    await labferry(
      ...["run", "adopt", "/data/Run_1", "--equipment", "PLATE_01", "--project", "Cortex"],
    );
    const killed = await service(root);
    await labferry("enqueue", "/data/Run_1");
    await killed.signal("KILL");
    assert.notEqual(await killed.code, 0);

    const ended = await service(root);
    const state = async () => JSON.parse(await labferry("status", "/data/Run_1", "--json")).state;
    await until(async () => await state() === "verified", { what: "the run to be safe" });
    await ended.signal("TERM");
    assert.equal(await ended.code, 0);
    const left = await root.run(["/bin/ls", "/home/lab/state/server.json"]);
    assert.notEqual(left.code, 0, "the service left its address");
  },
);

const WHERE = ["--config", "/home/lab/config.yaml", "--state-dir", "/home/lab/state"];
const CONFIG = `equipment:
  - id: PLATE_01
    label: Plate reader
    local_root: /data
    nas_root: /nas/PLATE_01
    completeness_signal: manual
    transport: { type: mount, path: /nas/PLATE_01 }
status: { port: 0 }
`;

interface Service {
  /** By the number it has on its own machine. */
  signal(name: "KILL" | "TERM"): Promise<void>;
  readonly code: Promise<number>;
}

async function service(root: EmptyRoot): Promise<Service> {
  const address = root.outside("/home/lab/state/server.json");
  const before = await startedAt(address);
  const child = root.spawn([LABFERRY, "daemon", ...WHERE]);
  const talk = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const isUp = async () => (await startedAt(address) ?? before) !== before;
  const ended = child.status.then(() => true);
  await until(async () => await isUp() || await Promise.race([ended, false]), {
    what: "the service to listen",
  });
  if (!await isUp()) throw new Error((await talk).join(""));
  const { pid } = JSON.parse(await Deno.readTextFile(address));
  return {
    async signal(name) {
      const { code, stderr } = await root.run(["/bin/sh", "-c", `kill -${name} ${pid}`]);
      assert.equal(code, 0, stderr);
    },
    code: (async () => (await talk, (await child.status).code))(),
  };
}

/** Which start of the service the file is of; null when there is none. */
async function startedAt(address: string): Promise<string | null> {
  try {
    return JSON.parse(await Deno.readTextFile(address)).started_at;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
