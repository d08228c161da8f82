/** `labferry override add | revoke | list`. */
import { LabferryError } from "../base/mod.ts";
import { type ListedOverride, printable } from "../gate/mod.ts";
import type { GateControl } from "../control/mod.ts";
import type { CliContext } from "./context.ts";
import { askControl, withGate } from "./control.ts";
import { table } from "./table.ts";

interface AddFlags {
  readonly run: string;
  readonly class: string;
  readonly operator: string;
  readonly reason: string;
  readonly expires?: string;
}

export async function overrideAdd(
  context: CliContext,
  { run, expires, class: rule, operator, reason }: AddFlags,
): Promise<void> {
  refuseEmpty({ operator, reason });
  await askGate(
    context,
    (gate) => gate.addOverride(run, { class: rule, operator, reason, expires_at: expires ?? null }),
  );
}

export async function overrideRevoke(
  context: CliContext,
  { run, ...revocation }: {
    readonly run: string;
    readonly id: string;
    readonly operator: string;
    readonly reason: string;
  },
): Promise<void> {
  refuseEmpty(revocation);
  await askGate(context, (gate) => gate.revokeOverride(run, revocation));
}

export async function overrideList(
  context: CliContext,
  { run }: { readonly run: string },
): Promise<void> {
  await askControl(
    context,
    async (control) => printOverrides(context, await control.overrides(run)),
  );
}

/** What a script leaves empty is no name, and is said before anybody is asked. */
function refuseEmpty(given: { readonly operator: string; readonly reason: string }): void {
  for (const option of ["operator", "reason"] as const) {
    if (given[option].trim() !== "") continue;
    throw new LabferryError("usage", `--${option} must not be empty`, {
      hint: "an override stands by the name of a person and a reason",
    });
  }
}

async function askGate(
  context: CliContext,
  ask: (gate: GateControl) => Promise<readonly ListedOverride[]>,
): Promise<void> {
  await withGate(context, async (gate) => {
    printOverrides(context, await ask(gate));
  });
}

function printOverrides(context: CliContext, overrides: readonly ListedOverride[]): void {
  if (context.options.json) return context.printJson({ overrides });
  context.print(overrides.length === 0 ? "No overrides." : overridesTable(overrides));
}

function overridesTable(overrides: readonly ListedOverride[]): string {
  return table(
    ["STATE", "ID", "CLASS", "OPERATOR", "UNTIL", "REASON"],
    overrides.map((one) => [
      one.state,
      one.id.slice(0, 8),
      one.problem_class ?? (one.revokes ? `revokes ${one.revokes.slice(0, 8)}` : "-"),
      one.operator ?? "-",
      one.expires_at ?? (one.state === "active" ? "for good" : "-"),
      printable(one.reason ?? ""),
    ]),
  );
}
