/** The configuration in force: each value, where it comes from, and what is wrong with the file now. */
import { counted } from "../../base/mod.ts";
import { lastPart, type SettingsView, type ShownSetting } from "../../control/mod.ts";
import type { Drawing } from "./drawing.ts";
import type { Asked, Drawn, Page } from "./page.ts";
import { FilterForm } from "./parts/filter_form.tsx";
import { Name } from "./parts/name.tsx";
import { Panel } from "./parts/panel.tsx";
import { SettingValue } from "./parts/setting_value.tsx";

export const settingsPage: Page = { path: "/settings", nav: "Settings", draw };

async function draw({ house, path, query }: Asked): Promise<Drawn> {
  const view = await house.settings?.() ?? null;
  const isWrong = view !== null && view.problems.length > 0;
  return {
    title: "Settings",
    tone: isWrong ? "bad" : "idle",
    body: (
      <>
        <div class="run-head" data-key="head">
          <h1>Settings</h1>
          <p class="soft">
            {view === null ? "There is no file to show here." : (
              <>
                What is in force, from{" "}
                <Name text={view.path} code />. It is changed in that file only.
              </>
            )}
          </p>
        </div>
        {view === null ? null : (
          <>
            <FileNow view={view} />
            <FilterForm path={path} query={query} fields={FIELDS} />
            <Sections view={view} query={query} />
          </>
        )}
      </>
    ),
  };
}

const FIELDS = [
  { name: "search", label: "Part of the name or value", kind: "search" },
  {
    name: "from",
    label: "Show",
    kind: "select",
    options: [["", "all"], ["file", "written in the file"], ["default", "labferry's defaults"]],
  },
] as const;

/** What `config check` says of the file as it is now, and whether it is what is in force. */
function FileNow({ view }: { readonly view: SettingsView }): Drawing {
  const { problems, notices, warnings, changed_since_start } = view;
  const isWrong = problems.length > 0;
  const tone = isWrong ? "bad" : changed_since_start || warnings.length > 0 ? "wait" : "safe";
  const words = isWrong
    ? "The file as it is now would not be taken."
    : changed_since_start
    ? "The file is correct, and another one than the service started with."
    : "The file is correct, and is what the service started with.";
  const fix = isWrong
    ? "labferry goes on with what it started with, and would not start again. Mend the file before a restart."
    : changed_since_start
    ? "What was changed takes effect when the service starts again."
    : null;
  return (
    <div class="standing" data-key="file-now" data-tone={tone}>
      <p>
        <strong>{words}</strong>
      </p>
      {fix === null ? null : <p class="fix">{fix}</p>}
      <Said title="Wrong in it" lines={problems} />
      <Said title="Not there just now" lines={warnings} />
      <Said title="To know" lines={notices} />
      <p class="soft">
        The same on the command line: <code>labferry config check</code>
      </p>
    </div>
  );
}

function Said(
  { title, lines }: { readonly title: string; readonly lines: readonly string[] },
): Drawing | null {
  if (lines.length === 0) return null;
  return (
    <>
      <h2 class="said-title">{title}</h2>
      <ul class="names">
        {lines.map((line) => (
          <li>
            <Name text={line} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Sections(
  { view, query }: { readonly view: SettingsView; readonly query: URLSearchParams },
): Drawing {
  const shown = view.settings.filter((setting) => fits(setting, query));
  if (shown.length === 0) return <p class="empty">No setting fits.</p>;
  const sections = Map.groupBy(shown, sectionOf);
  return (
    <>
      {[...sections].map(([section, settings]) => (
        <Panel
          id={`settings-${section}`}
          title={section}
          aside={<span class="soft">{counted(settings.length, "setting")}</span>}
        >
          <table class="runs settings">
            <caption class="unseen">{section}</caption>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                <th scope="col">Value</th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              {settings.map((one) => <Row one={one} section={section} file={view.path} />)}
            </tbody>
          </table>
        </Panel>
      ))}
    </>
  );
}

function Row(
  { one, section, file }: {
    readonly one: ShownSetting;
    readonly section: string;
    readonly file: string;
  },
): Drawing {
  const { key, value, origin, line } = one;
  const place = lastPart(one.file ?? file);
  return (
    <tr data-key={`setting-${key}`} data-origin={origin}>
      <th scope="row" title={key}>
        <Name text={key === section ? key : key.slice(section.length + 1)} />
      </th>
      <td data-label="Value">
        <SettingValue value={value} />
      </td>
      <td data-label="From">
        {origin === "default"
          ? <span class="soft">default</span>
          : <Name text={line === null ? place : `${place}:${line}`} code />}
      </td>
    </tr>
  );
}

/** `sync`; of an instrument `equipment.CONFOCAL_01`, so that each has a table of its own. */
function sectionOf({ key }: ShownSetting): string {
  const parts = key.split(".");
  return parts.slice(0, parts[0] === "equipment" ? 2 : 1).join(".");
}

function fits({ key, value, origin }: ShownSetting, query: URLSearchParams): boolean {
  const from = query.get("from") ?? "";
  const search = (query.get("search") ?? "").trim().toLowerCase();
  const text = `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`;
  return (from === "" || from === origin) && text.toLowerCase().includes(search);
}
