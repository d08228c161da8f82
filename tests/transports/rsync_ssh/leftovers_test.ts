/** What a killed session leaves over there is in no listing, and goes with a later push to its run. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import { exists, filesBelow } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { openScene } from "./scene.ts";

const TWO_DAYS_AGO = new Date(Date.now() - 2 * 24 * 3600 * 1000);

/** A far `mv` that kills the shell it was started by, once, when the file `kill` is there. */
async function murderousMv(root: string): Promise<string> {
  const bin = `${root}/bin`;
  await Deno.mkdir(bin);
  const script =
    `#!/bin/sh\nif [ -e '${root}/kill' ]; then rm '${root}/kill'; kill -9 $PPID; exit 1; fi\nexec /bin/mv "$@"\n`;
  await Deno.writeTextFile(`${bin}/mv`, script, { mode: 0o755 });
  return bin;
}

testWith(
  ["rsync", "sshd", "linux"],
  "a record that was killed as it was written is not listed, and is swept a day later",
  async () => {
    let root = "";
    await using scene = await openScene({
      sshd: (dir) => {
        root = dir;
        return { env: { PATH: `${dir}/bin:/usr/local/bin:/usr/bin:/bin` } };
      },
    });
    await murderousMv(root);
    const file = await scene.write("a.dat", "A");
    await scene.push([file]);
    await Deno.writeTextFile(`${root}/kill`, "");
    const records = new Map([["transfer.json", new Uint8Array(1000)]]);
    await assert.rejects(scene.session.putFiles("run/.exlab-wizard", records), TransportError);
    const run = `${scene.basePath}/run`;
    const left = (await filesBelow(run)).filter((path) => /\/\.lf-[0-9a-f]{12}\.tmp$/.test(path));
    assert.equal(left.length, 1, "nothing was left: the kill came too late");

    const listed = async () =>
      (await Array.fromAsync(scene.session.list("run"))).map(({ path }) => path).sort();
    assert.deepEqual(await listed(), [".exlab-wizard", "a.dat"]);
    await scene.push([file]);
    assert.ok(await exists(`${run}/${left[0]}`), "a young one may have a writer");

    await Deno.utime(`${run}/${left[0]}`, TWO_DAYS_AGO, TWO_DAYS_AGO);
    await scene.push([file]);
    assert.equal(await exists(`${run}/${left[0]}`), false);
    await scene.session.putFiles("run/.exlab-wizard", records);
    assert.deepEqual(await filesBelow(run), [".exlab-wizard/transfer.json", "a.dat"]);
  },
);

testWith(
  ["rsync", "sshd", "linux"],
  "a push sweeps nothing but its own old files, and only in its run",
  async () => {
    await using scene = await openScene();
    const file = await scene.write("a.dat", "A");
    await scene.push([file]);
    const base = scene.basePath;
    await Deno.mkdir(`${base}/run/x`);
    await Deno.mkdir(`${base}/other`);
    const stay = [
      "run/.lf-person.tmp",
      "run/.lf-0123456789abc.tmp",
      "run/b.ferry-part",
      "other/.lf-0123456789ab.tmp",
      ".lf-0123456789ab.tmp",
    ];
    const go = ["run/x/.lf-0123456789ab.tmp", "run/b.dat.abcdef12.ferry-part"];
    for (const path of [...stay, ...go]) {
      await Deno.writeTextFile(`${base}/${path}`, "?");
      await Deno.utime(`${base}/${path}`, TWO_DAYS_AGO, TWO_DAYS_AGO);
    }
    await Deno.symlink(`${base}/run/a.dat`, `${base}/run/.lf-aaaaaaaaaaaa.tmp`);
    await Deno.symlink(`${base}/other`, `${base}/run/link`);
    await scene.push([file]);
    for (const path of [...stay, "run/.lf-aaaaaaaaaaaa.tmp"]) {
      assert.ok(await exists(`${base}/${path}`), path);
    }
    for (const path of go) assert.equal(await exists(`${base}/${path}`), false, path);
    await assert.rejects(
      scene.push([await scene.write(".lf-0123456789ab.tmp", "data")]),
      (error) => error instanceof TransportError && error.code === "name_not_carried",
    );
  },
);
