/**
 * An auditor who has the NAS and nothing else: a root of its own, in which there are a shell, coreutils
 * and ssh-keygen, no network, and the base, mounted read-only. `HOW-TO-VERIFY.txt` is typed there word by
 * word.
 */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../lib/base/mod.ts";
import { letGo } from "../../lib/custody/mod.ts";
import { NAMESPACES, sha256Of } from "../../lib/evidence/mod.ts";
import { readKeys } from "../../lib/evidence/signing_keys.ts";
import { sshTime } from "../../lib/evidence/sshsig.ts";
import { addNote, ReportStore } from "../../lib/reports/mod.ts";
import { TrailMirror } from "../../lib/trail/mod.ts";
import { CLI } from "../reports/support.ts";
import { followHowToVerify } from "../support/how_to_verify.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { openAgedBench, POLICY } from "../custody/aged_bench.ts";
import type { Bench } from "../sync/bench.ts";

const PROGRAMS = ["sha256sum", "cat", "cut", "tail", "mktemp", "rm", "ssh-keygen"];

/** Makes the root; what it is given is all there is. */
const MAKE_JAIL = `set -e
mkdir -p "$JAIL/bin" "$JAIL/tmp" "$JAIL/nas" "$JAIL/etc" "$JAIL/dev"
touch "$JAIL/dev/null"
echo 'root:x:0:0::/:/bin/sh' > "$JAIL/etc/passwd"
for program in sh ${PROGRAMS.join(" ")}; do
  from=$(command -v "$program")
  cp -L "$from" "$JAIL/bin/$program"
  ldd "$from" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$JAIL$(dirname "$library")"
    cp -L "$library" "$JAIL$library"
  done
done`;

const ENTER = `set -e
mount --bind /dev/null "$JAIL/dev/null"
mount --bind "$BASE" "$JAIL/nas"
mount -o remount,bind,ro "$JAIL/nas"
exec env -i PATH=/bin "$CHROOT" "$JAIL" /bin/sh -c 'cd /nas && exec sh'`;

testWith(
  ["root", "namespaces", "sshd", "linux"],
  "an auditor with only the NAS mounted proves a run, a deletion and a report, word by word",
  async () => {
    await using jail = await tempDir("labferry-jail-");
    await using bench = await openAgedBench();
    const { run } = await bench.provenTwice({ "a.dat": "alpha", "deep/b c.dat": "beta" });
    const gone = await letGo(bench.job(run), { ...bench.work("PLATE_01"), policy: POLICY });
    assert.equal(gone.kind, "cleaned");
    const store = new ReportStore(bench.lab.stateDir.reportsDir);
    const report = await store.create({ title: "Cortex" }, CLI);
    await report.change(addNote({ text: "one", author: "Ada" }), CLI);
    const other = await bench.lab.makeRun({ "c.dat": "gamma" });
    bench.enqueue(other);
    await bench.deliver(other);
    await mirrored(bench);

    const base = bench.lab.farBase("PLATE_01");
    const env = { JAIL: jail.path, BASE: base, CHROOT: "/usr/sbin/chroot" };
    const made = await new Deno.Command("bash", { args: ["-c", MAKE_JAIL], env }).output();
    assert.ok(made.success, new TextDecoder().decode(made.stderr));
    const shell = [
      "env",
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", ENTER],
    ];
    const host = bench.context.host.split(".")[0]!.toLowerCase();
    const names = {
      run: bench.job(run).farDir,
      report: `.labferry-fleet/${host}/reports/${report.folder.id}`,
      shell,
    };
    const answers = await followHowToVerify(base, names);
    const good = (section: 2 | 3 | 4 | 5) => answers[section].match(/^Good "/gm)?.length ?? 0;
    assert.deepEqual([good(2), good(3), good(4), good(5)], [1, 2, 1, 1], JSON.stringify(answers));
    assert.match(answers[2], /^every file is as it was proven$/m);
    assert.match(answers[5], /^outline and history are as they were signed$/m);
    const [manifest, certificate] = [...answers[3].matchAll(/^([0-9a-f]{64}) {2}/gm)].map((m) =>
      m[1]
    );
    assert.ok(answers[3].includes(`"manifest_sha256": "${manifest}"`), answers[3]);
    assert.ok(answers[3].includes(`"certificate_sha256": "${certificate}"`), answers[3]);

    await Deno.writeTextFile(`${bench.lab.farRun(run)}/a.dat`, "alphA");
    const damaged = await followHowToVerify(base, names);
    assert.doesNotMatch(damaged[2], /every file is as it was proven/);
    assert.match(damaged[2], /a\.dat: FAILED/);

    // Who changes the list as well has no key to sign it with.
    const list = `${bench.lab.farRun(run)}/.exlab-wizard/checksums.sha256`;
    const flipped = (await Deno.readTextFile(list)).replace(
      /^[0-9a-f]{64}(?= {2}a\.dat$)/m,
      sha256Of(encodeUtf8("alphA")),
    );
    const seen = async () => {
      const { 1: keys, 2: answer } = await followHowToVerify(base, names);
      const isGood = /^Good "/m.test(answer);
      return [keys.trim().split("\n").length, isGood, answer.includes("every file is as")];
    };
    await Deno.writeTextFile(list, flipped);
    assert.deepEqual(await seen(), [1, false, true], "the list is not what was signed");
    const forger = await forgedBy("flow-pc", list);
    assert.deepEqual(await seen(), [1, false, true], "signed, and nobody knows the key");
    // With a key of their own beside ours only the comparison shows it, as the page says.
    await Deno.writeTextFile(`${base}/.labferry-keys/${"0".repeat(64)}.signer`, forger);
    assert.deepEqual(await seen(), [2, true, true]);
    const { 1: keys } = await followHowToVerify(base, names);
    const ours = await readKeys({ stateDir: bench.context.stateDir });
    assert.deepEqual(
      keys.trim().split("\n").map((line) => line.split(" ")[1]).toSorted(),
      ["0".repeat(64), ...ours.map(({ fingerprint }) => fingerprint)].toSorted(),
    );
  },
);

/** Signs a file with a key that nobody knows; returns its line for `allowed_signers`. */
async function forgedBy(host: string, file: string): Promise<string> {
  await using dir = await tempDir("labferry-forger-");
  const keygen = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("ssh-keygen", { args, stdin: "null" })
      .output();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  const key = dir.join("key");
  await keygen("-q", "-t", "ed25519", "-N", "", "-f", key);
  await Deno.remove(`${file}.sig`);
  await keygen("-Y", "sign", "-f", key, "-n", NAMESPACES.manifest, file);
  await Deno.writeTextFile(`${file}.sig`, `signed-at: ${sshTime(new Date())}\n`, { append: true });
  const [type, blob] = (await Deno.readTextFile(`${key}.pub`)).split(" ");
  const namespaces = `namespaces="${NAMESPACES.manifest}"`;
  return `labferry@${host} ${namespaces} ${type} ${blob} ${"0".repeat(64)}\n`;
}

async function mirrored(bench: Bench): Promise<void> {
  let rounds = 0;
  const faults: unknown[] = [];
  await using service = new TrailMirror({
    log: () => {},
    onFault: (fault) => void faults.push(fault),
    context: bench.context,
    destinations: bench.destinations,
    dispatcher: {
      lend: (job, act) => act(bench.work(job.equipmentId)),
      breakers: { isUp: () => true } as unknown as TrailMirrorBreakers,
    },
    reportsDir: bench.lab.stateDir.reportsDir,
    onBroken: (one) => void faults.push(one),
    clock: {
      now: () => new Date(),
      monotonicMs: () => performance.now(),
      sleep: (_ms, signal) => {
        rounds++;
        return new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason))
        );
      },
    },
  });
  service.start();
  await until(() => rounds > 0 || faults.length > 0, { what: "a round" });
  assert.deepEqual(faults, []);
}

type TrailMirrorBreakers = ConstructorParameters<typeof TrailMirror>[0]["dispatcher"]["breakers"];
