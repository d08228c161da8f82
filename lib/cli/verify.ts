/** `labferry verify RUN [--local]`: one pass now. */
import { LabferryError } from "../base/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { jobText } from "./status.ts";
import { verifyLocal } from "./verify_local.ts";

export async function verify(
  context: CliContext,
  run: string,
  flags: { readonly local?: boolean } = {},
): Promise<void> {
  if (flags.local) return await verifyLocal(context, run);
  await withControl(context, async (control) => {
    const job = await control.verify(run);
    if (job.state === "failed") {
      const { code, message } = job.last_error ??
        { code: "far_copy_damaged", message: "The far copy is damaged" };
      throw new LabferryError(code, message, {
        path: job.run_path,
        hint:
          "the local copy is kept; look at the destination's disk, then `labferry retry` sends what differs",
      });
    }
    if (context.options.json) context.printJson(job);
    else context.print(jobText(job));
  });
}
