/**
 * ExLab-Wizard's own ways of writing what the schema knows by another word. Put right before a value
 * is judged, so that the schema (and what editors complete from it) stays one.
 */
import { LEVELS, type SectionName } from "./schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A section's value in our words; what is no mapping is left for the schema to refuse. */
export function sectionAsOurs(name: SectionName, value: unknown): unknown {
  if (!isFields(value)) return value;
  if (name === "orchestrator") return withoutEmpty(value, ["label", "staging_root"]);
  if (name === "logging") return { ...value, ...levelOf(value) };
  return value;
}

/** An entry of `equipment` in our words. */
export function equipmentAsOurs(value: unknown): unknown {
  if (!isFields(value)) return value;
  const transports = ["transport", "orchestrator_staging_transport"];
  const altered = transports.filter((name) => isFields(value[name]))
    .map((name) => [name, transportAsOurs(value[name] as Fields)] as const);
  return { ...value, ...Object.fromEntries(altered) };
}

function transportAsOurs(transport: Fields): Fields {
  const { bandwidth } = transport;
  if (!isFields(bandwidth) || !Array.isArray(bandwidth["schedule"])) return transport;
  const schedule = bandwidth["schedule"].map(windowAsOurs);
  return { ...transport, bandwidth: { ...bandwidth, schedule } };
}

/** `from` is a keyword of Python: its program calls the field `from_`, and may write it so. */
function windowAsOurs(window: unknown): unknown {
  if (!isFields(window) || !Object.hasOwn(window, "from_")) return window;
  // Both at once contradict each other: then `from_` stays an unknown key.
  if (Object.hasOwn(window, "from")) return window;
  const { from_: from, ...others } = window;
  return { ...others, from };
}

/** It writes an empty text for what is not set. */
function withoutEmpty(fields: Fields, names: readonly string[]): Fields {
  const kept = Object.entries(fields).filter(([name, value]) =>
    !(names.includes(name) && value === "")
  );
  return Object.fromEntries(kept);
}

/** Python's logging takes its levels in any case, and `WARN` for `WARNING`. */
function levelOf({ level }: Fields): Fields {
  if (typeof level !== "string") return {};
  const upper = level.toUpperCase();
  const known = upper === "WARN" ? "WARNING" : upper;
  return LEVELS.includes(known) ? { level: known } : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
