/** `labferry ship DIR --to DEST`. */
import { LabferryError } from "../base/mod.ts";
import { createTransport, shipRun } from "../daemon/mod.ts";
import { type JobView, jobView } from "../web/mod.ts";
import type { CliContext } from "./context.ts";
import { parseDestination } from "./destination_address.ts";
import { progressBar } from "./progress_bar.ts";
import { stateDirOf } from "./settings.ts";
import { formatBytes } from "../base/mod.ts";

export interface ShipFlags {
  readonly to: string;
  readonly initDestination?: boolean;
  /** commander turns `--no-gate` into `gate: false`. */
  readonly gate: boolean;
  readonly bwlimit?: number;
  readonly sshKey?: string;
  readonly sshPort?: number;
}

export async function ship(context: CliContext, dir: string, flags: ShipFlags): Promise<void> {
  if (flags.bwlimit === 0) {
    throw new LabferryError("usage", "--bwlimit 0 would never send anything", {
      hint: "leave it out for no limit",
    });
  }
  const choice = parseDestination(flags.to, {
    sshKey: flags.sshKey ?? null,
    sshPort: flags.sshPort ?? 22,
  });
  using bar = progressBar(context);
  const job = await shipRun({
    dir,
    transport: createTransport(choice),
    stateDir: await stateDirOf(context),
    initDestination: flags.initDestination ?? false,
    uploadMbps: flags.bwlimit ?? null,
    gate: flags.gate,
    onProgress: bar.update,
    onNotice: (sentence) => context.note(`labferry: ${sentence}`),
    signal: context.signal,
  });
  bar.end();
  const receipt = flags.gate ? jobView(job) : withoutGate(jobView(job));
  if (context.options.json) context.printJson(receipt);
  else context.print(receiptText(receipt));
}

/** The receipt of a folder that nobody judged says so, in both its forms. */
function withoutGate(receipt: JobView): JobView {
  if (!receipt.verification) return receipt;
  const notes = [
    ...receipt.verification.notes,
    "sent without the gate (--no-gate): names and contents were not judged",
  ];
  return { ...receipt, verification: { ...receipt.verification, notes } };
}

const STRENGTH_WORDS: Readonly<Record<string, string>> = {
  read_back: "read back from the destination and hashed here",
  remote_computed: "hashed by the far machine",
  provider_asserted: "asserted by the provider",
  size_only: "compared by size only",
};

function receiptText(receipt: JobView): string {
  const { verification, files, bytes, destination, far_path } = receipt;
  return [
    `Verified: ${files} files, ${formatBytes(bytes)}, at ${destination}/${far_path}`,
    `  proof      ${STRENGTH_WORDS[verification?.strength ?? ""] ?? "none"} (SHA-256, ${
      verification?.matched ?? 0
    } of ${files} equal)`,
    ...(verification?.notes ?? []).map((note) => `  note       ${note}`),
    ...(verification && verification.skipped.length > 0
      ? [`  not sent   ${verification.skipped.length} links or special files`]
      : []),
    ...(verification && verification.extra.length > 0
      ? [`  also there ${verification.extra.length} files that are not part of this run`]
      : []),
    `  check it   cd <there> && sha256sum -c .exlab-wizard/checksums.sha256`,
  ].join("\n");
}
