/** Values of options, read as they are typed. */
import { InvalidArgumentError } from "commander";

/** A variable that is not set is no folder: `--to "$DIR"` would mean where one happens to be. */
export function folderName(text: string): string {
  if (text.trim() === "") {
    throw new InvalidArgumentError("It names no folder (perhaps a variable that is not set).");
  }
  return text;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || text.trim() === "") {
    throw new InvalidArgumentError("It must be a number of 0 or more.");
  }
  return value;
}
