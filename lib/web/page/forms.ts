/** What forms of the page ask for, and how what came is checked. */
import * as z from "zod";
import { LabferryError } from "../../base/mod.ts";

/** Who signs, as the API takes it. */
export const operator = z.string().trim().min(1, "Say who you are.").max(
  200,
  "A name has 200 characters at most.",
);
export const reason = z.string().trim().min(1, "Say why.").max(
  2_000,
  "A reason has 2,000 characters at most.",
);
export const longText = z.string().trim().min(1, "Write something.").max(
  20_000,
  "A note has 20,000 characters at most.",
);
/** A path of a disk, or patterns of some, as they are: none has a NUL in it. */
export const path = z.string().max(32_768).regex(/^[^\0]*$/, "A path has no NUL in it.");
/** A button alone. */
export const nothing = z.object({});

/** The fields of a form as a browser sends them; the last of a name counts. */
export function fieldsOf(body: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(body)) {
    if (name !== "__proto__") fields[name] = value.replaceAll("\r\n", "\n");
  }
  return fields;
}

/** @throws LabferryError `usage` with the first thing that is wrong, in words */
export function checkedForm<T extends z.ZodType>(
  form: T,
  fields: Readonly<Record<string, string>>,
): z.output<T> {
  const parsed = form.safeParse(fields);
  if (parsed.success) return parsed.data;
  throw new LabferryError("usage", "The form is not complete", {
    why: parsed.error.issues[0]?.message ?? "something is missing",
    hint: "fill it in, and send it again",
  });
}
