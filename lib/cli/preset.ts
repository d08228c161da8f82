/** `labferry preset list | show NAME`. */
import { LabferryError } from "../base/mod.ts";
import { type Preset, presetNamed, PRESETS, presetsCalled } from "../presets/mod.ts";
import type { CliContext } from "./context.ts";
import { table } from "./table.ts";

const GRADES = {
  A: "the maker's document",
  B: "two or more public programs agree",
  C: "one source",
  U: "inferred",
} as const;

export async function presetList(context: CliContext): Promise<void> {
  const { NO_PRESETS, PRESETS } = await import("../presets/mod.ts");
  if (context.options.json) {
    return context.printJson({ presets: PRESETS, without_preset: NO_PRESETS });
  }
  const rows = PRESETS.map(({ name, instrument, grade, over }) => [name, grade, instrument, over]);
  context.print(table(["preset", "grade", "instrument", "a run is over when"], rows));
  context.print("");
  const grades = Object.entries(GRADES).map(([grade, means]) => `${grade} ${means}`);
  context.print(`Grades: ${grades.join("; ")}.`);
  context.print("");
  context.print("No preset:");
  for (const { instrument, why, instead } of NO_PRESETS) {
    context.print(`  ${instrument}: ${why}. Instead: ${instead}.`);
  }
}

export async function presetShow(
  context: CliContext,
  { name }: { readonly name: string },
): Promise<void> {
  const preset = presetNamed(name);
  if (preset === null) throw await unknownPreset(name);
  if (context.options.json) return context.printJson({ preset });
  for (const line of await linesOf(preset)) context.print(line);
}

async function linesOf(preset: Preset): Promise<string[]> {
  const { asYaml } = await import("../config/mod.ts");
  const { name, instrument, grade, source, over, traps, keys } = preset;
  return [
    `${name}: ${instrument}`,
    `A run is over when ${over}.`,
    `Known from: ${source} (grade ${grade}: ${GRADES[grade]}).`,
    ...traps.map((trap) => `Beware: ${trap}.`),
    "",
    `preset: ${name} stands for these keys, each of which may be overridden:`,
    "",
    ...(await asYaml(keys)).trimEnd().split("\n").map((line) => `    ${line}`),
  ];
}

async function unknownPreset(name: string): Promise<LabferryError> {
  const { didYouMean } = await import("../config/mod.ts");
  const called = presetsCalled(name);
  const guess = called.length > 0
    ? called.join(" or ")
    : didYouMean(name, PRESETS.map((preset) => preset.name));
  const meant = guess === null ? "" : `Did you mean ${guess}? `;
  return new LabferryError("not_found", `no preset is called ${name}`, {
    hint: `${meant}\`labferry preset list\` names them all.`,
  });
}
