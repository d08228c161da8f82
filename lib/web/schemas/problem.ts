/** `application/problem+json` (RFC 9457), as every refusal and failure is answered. */
import * as z from "zod";
import { shape } from "./shapes.ts";

export const problemShape = shape(
  "Problem",
  z.strictObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    /** Stable: `docs/recovery.md`. */
    code: z.string(),
    hint: z.string().exactOptional(),
    /** The file or folder concerned. */
    path: z.string().exactOptional(),
    /** What of the request cannot be taken, each with its place (a JSON pointer). */
    errors: z.array(z.strictObject({
      in: z.enum(["body", "query"]),
      path: z.string(),
      detail: z.string(),
    })).exactOptional(),
  }),
);
