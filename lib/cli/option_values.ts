/** Values of options, read as they are typed. */
import { InvalidArgumentError } from "commander";

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || text.trim() === "") {
    throw new InvalidArgumentError("It must be a number of 0 or more.");
  }
  return value;
}
