/** A value of the configuration, written as the file would write it. */
import type { Drawing } from "../drawing.ts";
import { Name } from "./name.tsx";

export function SettingValue({ value }: { readonly value: unknown }): Drawing {
  if (value === null || value === undefined) return <span class="soft">not set</span>;
  if (value === HIDDEN) return <span class="soft">hidden</span>;
  if (!Array.isArray(value)) return <Name text={wordsOf(value)} code />;
  if (value.length === 0) return <span class="soft">none</span>;
  return (
    <ul class="values">
      {value.map((one) => (
        <li>
          <SettingValue value={one} />
        </li>
      ))}
    </ul>
  );
}

/** What `config show` puts in place of what may be a secret. */
const HIDDEN = "***";

function wordsOf(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value);
}
