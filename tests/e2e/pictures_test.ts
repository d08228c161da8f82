/** The pictures of the pages are built from the pages as they are, by `deno task pictures`. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SCENES } from "../../scripts/pictures/scenes.ts";
import { DEFAULT_PORT } from "../../lib/config/defaults.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A scene has a transfer under way; on two busy cores all of them take a minute. */
const LIMIT_MS = 300_000;

function listenAtUsualPort(): Disposable | null {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port: DEFAULT_PORT });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw error;
  }
}

testWith(
  ["linux", "chromium", "namespaces"],
  "deno task pictures draws each picture, those of the documents too",
  async () => {
    await using dir = await tempDir();
    // A labferry at the usual port, as on the computer of whoever draws them; another may have it already.
    using _taken = listenAtUsualPort();
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/pictures/main.ts", "--into", dir.path],
      cwd: ROOT,
      stdin: "null",
      signal: AbortSignal.timeout(LIMIT_MS),
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const drawn = [...Deno.readDirSync(dir.path)].map(({ name }) => name);
    const wanted = SCENES.flatMap(({ pictures }) => pictures.map(({ name }) => `${name}.png`));
    assert.deepEqual(drawn.sort(), wanted.sort());
    for (const name of drawn) {
      const bytes = await Deno.readFile(dir.join(name));
      assert.deepEqual([...bytes.subarray(1, 4)], [80, 78, 71], name);
      assert.ok(bytes.length > 10_000, `${name} is almost empty`);
    }
    for await (const { name } of Deno.readDir(`${ROOT}/docs/pictures`)) {
      assert.ok(drawn.includes(name), `nobody draws docs/pictures/${name}`);
    }
  },
);
