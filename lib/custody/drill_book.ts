/**
 * `<state>/drills.tsv`: one line a drill, the outcome as JSON, a tab, its signature (the text of a `.sig`
 * in base64). What is signed is the JSON, without a newline:
 *
 * ```sh
 * tail -n 1 drills.tsv | cut -f 1 | tr -d '\n' > drill; tail -n 1 drills.tsv | cut -f 2 | base64 -d > drill.sig
 * ssh-keygen -Y verify -f allowed_signers -I labferry@HOST -n labferry-drill-v1@labferry -s drill.sig < drill
 * ```
 */
import { join } from "node:path";
import { type Clock, encodeUtf8, VERSION } from "../base/mod.ts";
import { appendLine } from "../disk/mod.ts";
import { type Evidence, NAMESPACES, sha256Of } from "../evidence/mod.ts";
import type { DrillOutcome } from "./drill.ts";

export async function recordDrill(
  outcome: DrillOutcome,
  { stateDir, evidence, clock, host }: {
    readonly stateDir: string;
    readonly evidence: Evidence;
    readonly clock: Clock;
    readonly host: string;
  },
): Promise<void> {
  const at = clock.now().toISOString();
  // JSON holds neither a tab nor a line break.
  const text = JSON.stringify({ at, host, labferry: VERSION, ...outcome });
  const what = { namespace: NAMESPACES.drill, sha256: sha256Of(encodeUtf8(text)) };
  const { bytes } = await evidence.sign(what);
  await appendLine(join(stateDir, "drills.tsv"), `${text}\t${bytes.toBase64()}`, { durable: true });
}
