/** What can be pressed: a button alone, or a small form that a person signs. Plain POSTs, so that they
 * work without a script; nothing of them is drawn for a browser that may not change anything. */
import type { Child } from "hono/jsx";
import { printable } from "../../../gate/mod.ts";
import type { Drawing } from "../drawing.ts";
import { actionPath, type Asked } from "../page.ts";

export interface ActionButtonProps {
  readonly asked: Asked;
  readonly action: string;
  readonly words: string;
  readonly quiet?: boolean;
  /** For a screen reader, where the words alone do not say of what. */
  readonly label?: string;
  readonly values?: Readonly<Record<string, string>>;
  /** One name for both sides of a switch, so that the button stays the same. @default the action's */
  readonly part?: string;
}

export function ActionButton(props: ActionButtonProps): Drawing | null {
  const { asked, action, words, quiet = false, label, values = {}, part = action } = props;
  if (!asked.mayChange) return null;
  return (
    <form
      method="post"
      action={actionPath(asked.path, action)}
      class="button-form"
      data-key={`do-${part}-${Object.values(values).join(" ")}`}
    >
      {Object.entries(values).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button
        type="submit"
        class={quiet ? "quiet" : undefined}
        aria-label={label && printable(label)}
      >
        {words}
      </button>
    </form>
  );
}

export type PersonField =
  & { readonly name: string; readonly label: string; readonly required?: boolean }
  & (
    | { readonly kind: "signature" | "line" | "long" | "date" }
    | {
      readonly kind: "select";
      readonly options: readonly (readonly [value: string, words: string])[];
    }
  );

export interface PersonFormProps {
  readonly asked: Asked;
  readonly action: string;
  /** On the button that opens the form. */
  readonly opens: string;
  /** On the button that sends it. */
  readonly sends: string;
  readonly fields: readonly PersonField[];
  /** What becomes of what is typed. */
  readonly note: string;
  readonly values?: Readonly<Record<string, string>>;
  /** What it is about, in full, above the fields. */
  readonly above?: Drawing;
}

export const SIGNATURE: PersonField = {
  name: "operator",
  label: "Your name",
  kind: "signature",
  required: true,
};
export const REASON: PersonField = { name: "reason", label: "Why", kind: "line", required: true };

export function PersonForm(props: PersonFormProps): Drawing | null {
  const { asked, action, opens, sends, fields, note, values = {}, above = null } = props;
  if (!asked.mayChange) return null;
  const key = `do-${action}-${Object.values(values).join(" ")}`;
  const typed = typedInto(asked, { action, values });
  return (
    <details class="person" data-key={key} open={typed !== null}>
      <summary class="as-button">{opens}</summary>
      <form method="post" action={actionPath(asked.path, action)} class="person-form">
        {Object.entries(values).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        {above === null ? null : <div class="wide">{above}</div>}
        {fields.map((field) => (
          <label class={field.kind === "long" ? "wide" : undefined}>
            <span>{field.label}</span>
            {inputOf(field, typed?.[field.name] ?? "")}
          </label>
        ))}
        <p class="form-end">
          <button type="submit">{sends}</button> <span class="soft">{note}</span>
        </p>
      </form>
    </details>
  );
}

/** What was typed into this very form, when it was refused. */
function typedInto(
  { typed }: Asked,
  { action, values }: Pick<PersonFormProps, "action"> & { readonly values: object },
): Readonly<Record<string, string>> | null {
  if (typed?.action !== action) return null;
  const isThis = Object.entries(values).every(([name, value]) => typed.values[name] === value);
  return isThis ? typed.values : null;
}

const LONGEST = { signature: 200, line: 2_000, long: 20_000, date: 10 } as const;

function inputOf(field: PersonField, value: string): Child {
  const { name, kind, required = false } = field;
  if (kind === "select") {
    return (
      <select name={name}>
        {field.options.map(([option, words]) => (
          <option value={option} selected={option === value}>{words}</option>
        ))}
      </select>
    );
  }
  const maxlength = LONGEST[kind];
  if (kind === "long") {
    return (
      <textarea name={name} rows={3} required={required} maxlength={maxlength}>{value}</textarea>
    );
  }
  return (
    <input
      type={kind === "date" ? "date" : "text"}
      name={name}
      value={value}
      required={required}
      maxlength={kind === "date" ? undefined : maxlength}
      autocomplete={kind === "signature" ? "name" : "off"}
    />
  );
}
