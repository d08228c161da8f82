/** Identifiers: random ones, and ones derived from content so that everybody derives the same. */
import { v5 } from "uuid";

/** Namespace of every id labferry derives from content (a UUID v5 of its own, fixed for ever). */
const LABFERRY_NAMESPACE = "6d5b3c1e-58c6-5b0e-9f43-2a1f0c7e8d94";

/** A random UUID v4. */
export function randomId(): string {
  return crypto.randomUUID();
}

/** The UUID v5 of `name`: the same text gives the same id on every machine. */
export function derivedId(name: string): string {
  return v5(name, LABFERRY_NAMESPACE);
}
