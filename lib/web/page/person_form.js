// A small form that a person signs: who, why, and whatever else is asked. It says itself what went
// wrong, beside what was typed.
import { button, element, setText } from "./dom.js";

/** Whoever signed last on this page, so that nobody types a name twice. */
let lastName = "";

/**
 * `fields`: `{name, label, kind, required?, options?}`; kind is `signature`, `text`, `long`, `date`
 * or `select` (options: `[value, words]`). `note` says what becomes of it. `send(values)` resolves when it is done.
 */
export function personForm({ fields, note, words, send, close }) {
  const form = element("form", "person-form");
  const inputs = new Map(fields.map((field) => [field.name, inputOf(field)]));
  const trouble = element("p", "trouble");
  trouble.setAttribute("role", "alert");
  setText(trouble, "");
  const submit = element("button", "", words);
  form.append(
    ...fields.map((field) => labelled(field, inputs.get(field.name))),
    element("p", "form-buttons", submit, button("Never mind", "quiet-button", close), note),
    trouble,
  );
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      const values = Object.fromEntries([...inputs].map(([name, input]) => [name, input.value]));
      for (const field of fields) if (field.kind === "signature") lastName = values[field.name];
      await send(values);
      close();
    } catch (error) {
      setText(trouble, error.message);
    } finally {
      submit.disabled = false;
    }
  });
  return form;
}

/** The caret goes where something is still to be said. */
export function focusForm(form) {
  const inputs = [...form.querySelectorAll("input, textarea")];
  (inputs.find((input) => input.required && input.value === "") ?? inputs[0])?.focus();
}

function labelled({ label, kind }, input) {
  return element("label", kind === "long" ? "wide" : "", element("span", "", label), input);
}

const LONGEST = { signature: 200, text: 2_000, long: 20_000 };

function inputOf({ name, kind, required = false, options = [] }) {
  const input = element(kind === "select" ? "select" : kind === "long" ? "textarea" : "input");
  input.name = name;
  input.required = required;
  input.autocomplete = "off";
  if (LONGEST[kind]) input.maxLength = LONGEST[kind];
  if (kind === "signature") input.value = lastName;
  if (kind === "long") input.rows = 2;
  if (kind === "date") {
    input.type = "date";
    input.min = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  }
  for (const [value, words] of options) {
    const option = element("option", "", words);
    option.value = value;
    input.append(option);
  }
  return input;
}
