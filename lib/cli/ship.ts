/** `labferry ship DIR --to DEST`. */
import { LabferryError } from "../base/mod.ts";
import { MIN_UPLOAD_MBPS } from "../config/mod.ts";
import { createTransport } from "../daemon/mod.ts";
import { shipRun } from "../ship/mod.ts";
import { type JobView, jobView } from "../control/mod.ts";
import { type AcceptanceFlags, acceptanceOf } from "./acceptance.ts";
import type { CliContext } from "./context.ts";
import { parseDestination } from "./destination_address.ts";
import { receiptText } from "./receipt.ts";
import { progressBar } from "./progress_bar.ts";
import { stateDirOf } from "./settings.ts";

export interface ShipFlags {
  readonly to: string;
  readonly initDestination?: boolean;
  /** commander turns `--no-gate` into `gate: false`. */
  readonly gate: boolean;
  readonly bwlimit?: number;
  readonly sshKey?: string;
  readonly sshPort?: number;
}

type ShipOptions = ShipFlags & AcceptanceFlags & { readonly dir: string };

export async function ship(context: CliContext, flags: ShipOptions): Promise<void> {
  refuseBwlimit(flags.bwlimit);
  const choice = parseDestination(flags.to, {
    sshKey: flags.sshKey ?? null,
    sshPort: flags.sshPort ?? 22,
  });
  const acceptMissing = acceptanceOf(flags);
  using bar = progressBar(context);
  const transport = createTransport(choice);
  const job = await shipRun({
    dir: flags.dir,
    transport,
    stateDir: await stateDirOf(context, { own: true }),
    initDestination: flags.initDestination ?? false,
    uploadMbps: flags.bwlimit ?? null,
    gate: flags.gate,
    acceptMissing,
    onProgress: bar.update,
    onNotice: (sentence) => context.note(`labferry: ${sentence}`),
    signal: context.signal,
  });
  bar.end();
  const receipt = flags.gate ? jobView(job) : withoutGate(jobView(job));
  if (context.options.json) context.printJson(receipt);
  else {
    const { localFolder } = transport.traits;
    const isOnOneDisk = localFolder !== null && await areOnOneDisk(flags.dir, localFolder);
    context.print(receiptText(receipt, { isOnOneDisk }));
  }
}

const LOOK_LIMIT_MS = 2_000;

/**
 * False where nobody says which disks they are on: what was proven is, whatever becomes of a disk
 * afterwards, and its receipt waits for none and fails with none.
 */
async function areOnOneDisk(a: string, b: string): Promise<boolean> {
  const look = Promise.all([Deno.stat(a), Deno.stat(b)]).then(
    ([one, other]) => one.dev !== 0 && one.dev !== null && one.dev === other.dev,
    () => false,
  );
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const bell = setTimeout(() => resolve(false), LOOK_LIMIT_MS);
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(bell);
  }
}

export function refuseBwlimit(mbps: number | undefined): void {
  if (mbps === undefined || mbps >= MIN_UPLOAD_MBPS) return;
  throw new LabferryError(
    "usage",
    mbps === 0
      ? "--bwlimit 0 would never send anything"
      : `--bwlimit ${mbps} is less than can be kept: at least ${MIN_UPLOAD_MBPS}`,
    { hint: "leave it out for no limit" },
  );
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
