/** Signatures and keys, judged by OpenSSH itself. */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../lib/base/mod.ts";
import { NAMESPACES, openEvidence, sha256Of } from "../../lib/evidence/mod.ts";
import { currentKey, readKeys, renewKey } from "../../lib/evidence/signing_keys.ts";
import { sshTime } from "../../lib/evidence/sshsig.ts";
import { HandClock } from "../support/hand_clock.ts";
import { sshVerify } from "../support/how_to_verify.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const DAY_MS = 86_400_000;
const TEXT = encodeUtf8(`${"a".repeat(64)}  plane_1.dat\n`);
const WHAT = { namespace: NAMESPACES.manifest, sha256: sha256Of(TEXT) };
const WHO = "labferry@flow-pc";

async function openPlace(start = new Date().toISOString()) {
  const dir = await tempDir();
  const clock = new HandClock(start);
  const options = { stateDir: `${dir.path}/state`, host: "Flow-PC.lab.example", clock };
  await Deno.mkdir(options.stateDir);
  const evidence = openEvidence(options);
  const file = `${dir.path}/list`;
  return {
    options,
    clock,
    evidence,
    base: dir.path,
    file,
    /** Puts keys, text and signature where an auditor finds them. */
    async put(text = TEXT) {
      await Deno.mkdir(`${dir.path}/.labferry-keys`, { recursive: true });
      for (const [path, { bytes }] of await evidence.published()) {
        await Deno.writeFile(`${dir.path}/${path}`, bytes);
      }
      await Deno.writeFile(file, text);
      await Deno.writeFile(`${file}.sig`, (await evidence.sign(WHAT)).bytes);
    },
    verify: (more: { at?: string; namespace?: string } = {}) =>
      sshVerify({ base: dir.path, file, namespace: WHAT.namespace, who: WHO, ...more }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

testWith(["sshd"], "ssh-keygen accepts a signature, and refuses one changed byte", async () => {
  await using place = await openPlace();
  await place.put();
  const good = await place.verify();
  assert.ok(good.good, good.said);
  assert.match(good.said, /^Good "labferry-manifest-v1@labferry" signature for labferry@flow-pc/);
  assert.equal((await place.verify({ namespace: NAMESPACES.deletion })).good, false);
  for (const at of [0, 40, TEXT.length - 1]) {
    const changed = TEXT.slice();
    changed[at]! ^= 1;
    await Deno.writeFile(place.file, changed);
    assert.equal((await place.verify()).good, false, `byte ${at}`);
  }
});

testWith(
  ["sshd"],
  "an expired key's signature is refused now, and holds as of its own time",
  async () => {
    const born = new Date(Date.now() - 3 * 365 * DAY_MS);
    await using place = await openPlace(born.toISOString());
    await place.put();
    const now = await place.verify();
    assert.equal(now.good, false);
    const text = await Deno.readTextFile(`${place.file}.sig`);
    const at = /^signed-at: (\d{14})\n$/m.exec(text)?.[1];
    assert.equal(at, sshTime(born));
    const then = await place.verify({ at: at! });
    assert.ok(then.good, then.said);
    const before = await place.verify({ at: sshTime(new Date(born.getTime() - DAY_MS)) });
    assert.equal(before.good, false, "nor before the key was born");
  },
);

testWith(["sshd"], "a new key takes over before the old one ends, and both stay good", async () => {
  await using place = await openPlace();
  await place.put();
  const first = await currentKey(place.options);
  const signer = `${place.base}/.labferry-keys/${first.fingerprint}.signer`;
  const line = await Deno.readTextFile(signer);
  const signed = await Deno.readFile(`${place.file}.sig`);
  place.clock.turn(600 * DAY_MS);
  assert.equal((await currentKey(place.options)).fingerprint, first.fingerprint);
  place.clock.turn(80 * DAY_MS);
  await place.put();
  const second = await currentKey(place.options);
  assert.notEqual(second.fingerprint, first.fingerprint);
  assert.equal(await Deno.readTextFile(signer), line, "a signer's file is never edited");
  const at = sshTime(place.clock.now());
  assert.ok((await place.verify({ at })).good);
  await Deno.writeFile(`${place.file}.sig`, signed);
  assert.ok((await place.verify()).good);
  assert.equal(await place.evidence.standingOf(signed, WHAT), "ours");
});

testWith(
  ["sshd"],
  "keys are the owner's alone, and survive a program that asks beside another",
  async () => {
    await using place = await openPlace();
    const asked = await Promise.all(Array.from({ length: 5 }, () => currentKey(place.options)));
    assert.equal(new Set(asked.map(({ fingerprint }) => fingerprint)).size, 1);
    const folder = `${place.options.stateDir}/signing_keys`;
    assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
    const file = `${folder}/${asked[0]!.fingerprint}.json`;
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
    await Deno.writeTextFile(file, "{");
    await assert.rejects(
      () => readKeys(place.options),
      /The signing key .*signing_keys.*\.json cannot be read/,
    );
  },
);

testWith(["sshd"], "what a leaked key signed is worth nothing any more", async () => {
  await using place = await openPlace();
  await place.put();
  const signed = await Deno.readFile(`${place.file}.sig`);
  await renewKey({ ...place.options, because: "leaked" });
  assert.equal(await place.evidence.standingOf(signed, WHAT), "revoked");
  const published = [...(await place.evidence.published()).keys()];
  assert.equal(published.filter((path) => path.endsWith(".revoked")).length, 1);
  assert.equal(published.filter((path) => path.endsWith(".signer")).length, 2);
  await renewKey({ ...place.options, because: "another installation" });
  assert.equal((await readKeys(place.options)).length, 1);
  assert.equal(typeof await place.evidence.standingOf(signed, WHAT), "object");
});

Deno.test("standingOf takes nothing for a signature that is none", async () => {
  await using place = await openPlace();
  const { bytes } = await place.evidence.sign(WHAT);
  const text = new TextDecoder().decode(bytes);
  const spoilt = [
    "",
    "no signature",
    text.replace("BEGIN", "BEGUN"),
    text.slice(0, text.length / 2),
    text.replace(/[A-Za-z]{20}\n/, "!!!!!!!!!!!!!!!!!!!!\n"),
    text.replace("U1NIU0lH", "U1NIU0lI"),
  ];
  for (const one of spoilt) {
    assert.equal(await place.evidence.standingOf(encodeUtf8(one), WHAT), "none", one);
  }
  assert.equal(await place.evidence.standingOf(bytes, WHAT), "ours");
  const other = { ...WHAT, sha256: sha256Of(encodeUtf8("other")) };
  assert.equal(await place.evidence.standingOf(bytes, other), "none");
});
