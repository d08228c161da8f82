/** Where the data of a run lies that is named to a command which asks no service. */
import { realPathOrNull } from "../disk/mod.ts";
import { dataOf } from "../intake/mod.ts";
import type { CliContext } from "./context.ts";
import { stateDirOf } from "./settings.ts";

/**
 * The run's folder, or the folder of the instrument's software for a run that is files. Only records in
 * this state directory say that: one beside the data may have come from another computer, and names a
 * folder over there.
 *
 * @throws LabferryError `malformed_record`
 */
export async function dataDirOf(runPath: string, context: CliContext): Promise<string> {
  const { path } = await stateDirOf(context, { reading: true });
  const { data } = await dataOf(await realPathOrNull(runPath) ?? runPath, path);
  return data?.dir ?? runPath;
}
