/** Some seeded lives of `custody_life.ts`; the script plays hundreds. */
import assert from "node:assert/strict";
import { startSshd } from "../support/sshd.ts";
import { testWith } from "../support/needs.ts";
import { liveOnce } from "./custody_life.ts";

const FIRST_SEED = 1;
const LIVES = 4;

testWith(
  ["linux", "rclone", "rsync", "sshd", "sha256sum"],
  `no byte is lost and nothing unsafe is called safe in ${LIVES} lives with kills, damage and deletion`,
  async () => {
    await using sshd = await startSshd();
    let cleaned = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + LIVES; seed++) {
      cleaned += (await liveOnce(seed, sshd)).cleaned;
    }
    assert.ok(cleaned > 0, "nothing was ever let go: these lives proved nothing");
  },
);
