/** An entry of `equipment` with its preset's keys beneath its own: what the file says comes first. */
import { didYouMean } from "./did_you_mean.ts";
import { type Complaint, found, type KeyPath } from "./problems.ts";
import { presetNamed, PRESETS, presetsCalled } from "../presets/mod.ts";

type Fields = Readonly<Record<string, unknown>>;

export function withPreset(value: unknown, preset: PresetContext): unknown {
  if (!isFields(value)) return value;
  const beneath = keysBeneath(value, preset);
  const intake = isFields(value["intake"]) && isFields(beneath["intake"])
    ? { intake: { ...beneath["intake"], ...value["intake"] } }
    : {};
  const whole: Fields = { ...beneath, ...value, ...intake };
  // `done` alone says what it is.
  const isDone = whole["done"] !== undefined && whole["completeness_signal"] === undefined;
  return isDone ? { ...whole, completeness_signal: "done" } : whole;
}

interface PresetContext {
  readonly base: KeyPath;
  readonly complain: (one: Complaint) => void;
}

function keysBeneath(value: Fields, { base, complain }: PresetContext): Fields {
  const name = value["preset"];
  if (typeof name !== "string") return {};
  const preset = presetNamed(name);
  if (preset === null) {
    const guess = didYouMean(name, PRESETS.map((one) => one.name));
    const guesses = guess ? [guess] : presetsCalled(name);
    const hint = guesses.length > 0
      ? `did you mean ${guesses.join(" or ")}?`
      : "`labferry preset list` names them";
    complain({ keyPath: [...base, "preset"], what: `no preset is called ${found(name)}`, hint });
    // How a run ends is what the preset would have said: that it is missing is no second problem.
    return { completeness_signal: "manual" };
  }
  // Two ways to end a run contradict each other: the file's own is meant.
  const { done, completeness_signal, ...others } = preset.keys;
  if (value["completeness_signal"] !== undefined || value["done"] !== undefined) return others;
  return { ...others, ...(done ? { done } : { completeness_signal }) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
