/** `origin_differs`: the instrument states other bytes of a file than are here. No name shows it. */
import { gateRule } from "./rule.ts";

export const originDiffers = gateRule({
  id: "origin_differs",
  mayBeHard: true,
  title: "Not the bytes the instrument states",
  why:
    "the instrument wrote down a checksum or a size of this file, and what is here has another: it was damaged or changed since",
  fix:
    "Get the file from the instrument again, or let a person who knows why it was changed add an override.",
  judges: {},
});
