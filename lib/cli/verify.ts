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
      const { code, message, hint } = job.last_error ??
        { code: "far_copy_damaged", message: "The far copy is damaged", hint: undefined };
      throw new LabferryError(code, message, {
        path: job.run_path,
        ...(hint === undefined ? {} : { hint }),
      });
    }
    if (context.options.json) context.printJson(job);
    else context.print(jobText(job));
  });
}
