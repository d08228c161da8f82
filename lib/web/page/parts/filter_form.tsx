/** What a list is filtered by: a form that only asks, so that its address can be kept and sent around. */
import type { Child } from "hono/jsx";
import type { Drawing } from "../drawing.ts";

export type FilterField =
  & { readonly name: string; readonly label: string }
  & (
    | { readonly kind: "search" | "date" }
    | { readonly kind: "text"; readonly known: readonly string[] }
    | {
      readonly kind: "select";
      readonly options: readonly (readonly [value: string, words: string])[];
    }
  );

export interface FilterFormProps {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly fields: readonly FilterField[];
  /** Behind "More": what is asked for less often. */
  readonly more?: readonly FilterField[];
}

export function FilterForm({ path, query, fields, more = [] }: FilterFormProps): Drawing {
  const asked = [...fields, ...more].some(({ name }) => (query.get(name) ?? "") !== "");
  const moreAsked = more.some(({ name }) => (query.get(name) ?? "") !== "");
  return (
    <form class="filter" method="get" action={path} role="search" data-key="filter" data-filter>
      {fields.map((field) => <Field {...field} value={query.get(field.name) ?? ""} />)}
      {more.length === 0 ? null : (
        <details data-key="filter-more" open={moreAsked}>
          <summary>More</summary>
          <div class="filter-more">
            {more.map((field) => <Field {...field} value={query.get(field.name) ?? ""} />)}
          </div>
        </details>
      )}
      <button type="submit">Show</button>
      {asked ? <a class="clear" href={path}>Show all</a> : null}
    </form>
  );
}

function Field(field: FilterField & { readonly value: string }) {
  const { name, label } = field;
  return (
    <label>
      <span>{label}</span>
      {inputOf(field)}
      {field.kind === "text"
        ? (
          <datalist id={`${name}-known`}>
            {field.known.map((one) => <option value={one}></option>)}
          </datalist>
        )
        : null}
    </label>
  );
}

function inputOf(field: FilterField & { readonly value: string }): Child {
  const { name, value, kind } = field;
  if (kind === "select") {
    return (
      <select name={name}>
        {field.options.map(([option, words]) => (
          <option value={option} selected={option === value}>{words}</option>
        ))}
      </select>
    );
  }
  const type = kind === "text" ? "text" : kind;
  const list = kind === "text" ? `${name}-known` : undefined;
  return (
    <input type={type} name={name} value={value} list={list} maxlength={400} autocomplete="off" />
  );
}
