/** The odd share really has the habits that other tests rely on. */
import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";

testWith(["fuse"], "oddShare folds case and normalises as it is told", async () => {
  await using share = await oddShare({ foldsCase: true, normalises: true });
  await Deno.writeTextFile(share.join("Kéep.tif".normalize("NFC")), "x");
  assert.equal(await Deno.readTextFile(share.join("kéep.TIF".normalize("NFD"))), "x");
  await share.set({});
  await assert.rejects(Deno.readTextFile(share.join("kéep.TIF")), Deno.errors.NotFound);
  const names = Array.from(Deno.readDirSync(share.diskPath), (entry) => entry.name);
  assert.deepEqual(names, ["Kéep.tif".normalize("NFC")]);
});

testWith(["fuse"], "oddShare fails the Nth call, counted anew with each change", async () => {
  await using share = await oddShare();
  for (let round = 0; round < 2; round++) {
    await share.set({ fails: [{ operation: "mkdir", nth: 2, errno: "EDQUOT" }], timeStepS: round });
    await Deno.mkdir(share.join(`${round}a`));
    await assert.rejects(Deno.mkdir(share.join(`${round}b`)), /os error 122/);
    await Deno.mkdir(share.join(`${round}b`));
  }
  await share.set({ down: "EHOSTDOWN" });
  await assert.rejects(Deno.stat(share.path), /os error 112/);
});

testWith(["fuse"], "oddShare has no locks when told, and locks otherwise", async () => {
  await using share = await oddShare();
  using first = await Deno.open(share.join("lock"), { write: true, create: true });
  using second = await Deno.open(share.join("lock"), { write: true });
  assert.equal(await first.tryLock(true), true);
  assert.equal(await second.tryLock(true), false);
  await share.set({ noLocks: "ENOLCK" });
  await assert.rejects(second.tryLock(true), /os error 37/);
});
