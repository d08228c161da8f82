/** A session over several PCs. */
import * as z from "zod";
import type { SessionView } from "../../control/mod.ts";
import { count, shape } from "./shapes.ts";

/** Written by another computer: whatever it says. */
const said = z.string().nullable();

export const sessionShape = shape(
  "Session",
  z.strictObject({
    id: z.string(),
    complete: z.boolean(),
    parts: z.array(z.strictObject({
      equipment_id: z.string(),
      state: z.enum(["proven", "sealed", "missing"]),
      host: said,
      written_at: said,
      runs: z.array(z.strictObject({
        far_path: z.string(),
        state: z.enum(["sealed", "proven"]),
        generation: count,
        files: count,
        bytes: count,
        sealed_at: said,
        proven_at: said,
      })),
    })),
    faults: z.array(z.string()),
  }) satisfies z.ZodType<SessionView>,
);

export const sessionsShape = shape(
  "Sessions",
  z.strictObject({ sessions: z.array(sessionShape) }),
);
