/** Some seeded lives of `custody_life.ts`; the script plays hundreds. */
import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";
import { liveMany } from "./custody_life.ts";

const FIRST_SEED = 1;
const LIVES = 6;

testWith(
  ["linux", "rclone", "rsync", "sshd", "sha256sum"],
  `no byte is lost and nothing unsafe is called safe in ${LIVES} lives with kills, damage and deletion`,
  async () => {
    const { cleaned } = await liveMany({ first: FIRST_SEED, lives: LIVES, sideBySide: LIVES });
    assert.ok(cleaned > 0, "nothing was ever let go: these lives proved nothing");
  },
);
