import { type KnownGaps, transportContract } from "../contract/suite.ts";
import { mountPlace } from "./mount_place.ts";

/** Clauses that are newer than this transport. */
const NOT_YET: KnownGaps = {
  "killed-with-things-in-the-way": "not done yet",
  "in-the-way-file": "not done yet",
  "in-the-way-of-a-folder": "not done yet",
  "in-the-way-of-an-empty-folder": "not done yet",
  "set-aside-folder": "not done yet",
  "list-kinds": "not done yet",
  "list-other": "not done yet",
  "name-habits": "not done yet",
};

transportContract("mount", [], mountPlace, NOT_YET);
