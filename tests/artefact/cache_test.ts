/**
 * Where the portable file unpacks itself: what lies there is run, so nothing is run that another
 * account could have put there, that is not whole, or that is not what the file holds.
 */
import assert from "node:assert/strict";
import { VERSION } from "../../lib/base/mod.ts";
import { testWith } from "../support/needs.ts";
import { signalChild } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { builtArtefact } from "./built.ts";

const ACCOUNT = 1234;
const STRANGER = 1235;

interface Place extends AsyncDisposable {
  readonly dir: TempDir;
  /** The folder the file unpacks into; not made yet. */
  readonly cache: string;
  start(file?: string): Deno.ChildProcess;
  /** `--version` as the account, to its end. */
  version(file?: string): Promise<{ code: number; said: string; complained: string }>;
}

async function place(): Promise<Place> {
  const portable = await builtArtefact();
  const dir = await tempDir("labferry-cache-");
  await Deno.chown(dir.path, ACCOUNT, ACCOUNT);
  const cache = dir.join("cache");
  const start = (file = portable) =>
    new Deno.Command("setpriv", {
      args: [
        ...[`--reuid=${ACCOUNT}`, `--regid=${ACCOUNT}`, "--clear-groups"],
        ...[file, "--version"],
      ],
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", LABFERRY_CACHE_DIR: cache },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  return {
    dir,
    cache,
    start,
    async version(file) {
      const { code, stdout, stderr } = await start(file).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, said: text(stdout), complained: text(stderr) };
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/** The folder that the file made of itself. */
function unpackedIn(cache: string): string {
  const [name, more] = namesIn(cache).filter((each) => /^[0-9a-f]{64}$/.test(each));
  assert.ok(name && !more);
  return `${cache}/${name}`;
}

function assertRefused(
  { code, said, complained }: { code: number; said: string; complained: string },
  why: RegExp,
): void {
  assert.match(complained, why);
  assert.match(complained, /\n {2}hint: /);
  assert.equal(said, "");
  assert.equal(code, 1);
}

testWith(["linux", "root"], "nothing is run from a folder that others could change", async () => {
  await using it = await place();
  const whole = await it.version();
  assert.equal(whole.said, `${VERSION}\n`, whole.complained);

  await Deno.chmod(it.cache, 0o777);
  assertRefused(await it.version(), /others may write into/);
  await Deno.chmod(it.cache, 0o700);

  await Deno.chmod(it.dir.path, 0o777);
  assertRefused(await it.version(), /others may write into .* or into a folder above it/);
  await Deno.chmod(it.dir.path, 0o700);

  await Deno.chown(it.cache, STRANGER, STRANGER);
  await Deno.chmod(it.cache, 0o755);
  assertRefused(await it.version(), /belongs to another account \(uid 1235\)/);
  await Deno.chown(it.cache, ACCOUNT, ACCOUNT);

  await Deno.rename(it.cache, it.dir.join("elsewhere"));
  await Deno.symlink(it.dir.join("elsewhere"), it.cache);
  assertRefused(await it.version(), /is a link/);
  await Deno.remove(it.cache);
  await Deno.rename(it.dir.join("elsewhere"), it.cache);
  assert.equal((await it.version()).said, `${VERSION}\n`);
});

testWith(["linux", "root"], "what others planted or damaged there is not run", async () => {
  await using it = await place();
  await it.version();
  const home = unpackedIn(it.cache);
  const fake = `#!/bin/sh\necho planted >> ${it.dir.join("planted")}\n`;
  await Deno.writeTextFile(it.dir.join("planted"), "");
  await Deno.chown(it.dir.join("planted"), ACCOUNT, ACCOUNT);

  // Half-written, or changed by somebody with the rights to: it is unpacked anew each time.
  const harm: Record<string, () => void> = {
    "cut off, and a file more": () => {
      Deno.truncateSync(`${home}/deno`, 1_000_000);
      Deno.writeTextFileSync(`${home}/program/more.js`, "");
    },
    "a link, and a file gone": () => {
      Deno.removeSync(`${home}/program/main.js`);
      Deno.removeSync(`${home}/deno`);
      Deno.writeTextFileSync(it.dir.join("fake"), fake, { mode: 0o755 });
      Deno.symlinkSync(it.dir.join("fake"), `${home}/deno`);
    },
    "another account's": () => {
      Deno.chownSync(`${home}/program/main.js`, STRANGER, STRANGER);
    },
  };
  for (const [what, doIt] of Object.entries(harm)) {
    doIt();
    const { said, complained } = await it.version();
    assert.equal(said, `${VERSION}\n`, `${what}: ${complained}`);
  }
  assert.equal(await Deno.readTextFile(it.dir.join("planted")), "");
});

testWith(
  ["linux", "root"],
  "killed in the middle of unpacking, it begins anew; two at once do no harm",
  async () => {
    await using it = await place();
    const first = it.start();
    const begun = () => {
      try {
        return namesIn(it.cache).some((name) => name.startsWith(".new."));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    };
    await until(begun, { what: "the unpacking to begin", everyMs: 1 });
    signalChild(first, "SIGKILL");
    await first.output();

    const both = await Promise.all([it.version(), it.version()]);
    for (const { said, complained } of both) assert.equal(said, `${VERSION}\n`, complained);
    unpackedIn(it.cache);
  },
);

testWith(["linux", "root"], "a damaged portable file is refused, and leaves nothing", async () => {
  await using it = await place();
  const file = it.dir.join("damaged");
  await Deno.copyFile(await builtArtefact(), file);
  const damaged = await Deno.open(file, { read: true, write: true });
  await damaged.seek(-1_000_000, Deno.SeekMode.End);
  await damaged.write(new TextEncoder().encode("damage"));
  damaged.close();
  assertRefused(await it.version(file), /this file is damaged/);
  assert.deepEqual(namesIn(it.cache), []);
});
