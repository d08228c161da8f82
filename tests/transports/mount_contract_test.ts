import { transportContract } from "../contract/suite.ts";
import { mountPlace } from "./mount_place.ts";

transportContract("mount", [], mountPlace);
