import assert from "node:assert/strict";
import { playWriters } from "./writers_life.ts";
import { testWith } from "../support/needs.ts";

testWith(
  ["noWine"],
  "whatever writers do, no run is called proven with bytes missing",
  async () => {
    const lives = 60;
    const generations = await playWriters({ lives, seed: 20_260_417 });
    assert.ok(generations > lives, "some runs have to change after they were sealed");
  },
);
