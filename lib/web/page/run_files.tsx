/** The files of a run, by pages and by a search: a million stay usable. */
import { formatBytes } from "../../base/mod.ts";
import { runNames } from "../../control/mod.ts";
import type { FileState } from "../../queue/mod.ts";
import type { Drawing } from "./drawing.ts";
import type { Asked, Drawn, Page } from "./page.ts";
import { FilterForm } from "./parts/filter_form.tsx";
import { Name } from "./parts/name.tsx";
import { Pager } from "./parts/pager.tsx";

const PAGE_FILES = 100;

export const runFilesPage: Page = { path: "/runs/:id/files", draw };

async function draw({ house, params, path, query }: Asked): Promise<Drawn> {
  const ref = params["id"] ?? "";
  const job = await house.control.job(ref);
  const after = query.get("after") ?? "";
  const page = await house.reading.files(ref, {
    limit: PAGE_FILES,
    after,
    search: query.get("search") ?? "",
    odd: query.get("only") === "odd",
  });
  const { name } = runNames(job);
  return {
    title: `Files of ${name}`,
    body: (
      <>
        <div class="run-head" data-key="head">
          <p class="crumbs">
            <a href="/">Runs</a> ›{" "}
            <a href={`/runs/${job.id}`}>
              <Name text={name} />
            </a>
          </p>
          <h1>{job.files.toLocaleString("en")} files, {formatBytes(job.bytes)}</h1>
        </div>
        <FilterForm
          path={path}
          query={query}
          fields={[
            { name: "search", label: "Part of the name", kind: "search" },
            {
              name: "only",
              label: "Show",
              kind: "select",
              options: [["", "all"], ["odd", "not proven, or gone here"]],
            },
          ]}
        />
        {page.files.length === 0
          ? <p class="empty">No file fits.</p>
          : <Files files={page.files} />}
        {page.isCutShort
          ? <p class="soft">Looked at as many files as there is time for; go on for the rest.</p>
          : null}
        <Pager path={path} query={query} name="after" previous={null} next={page.next} />
      </>
    ),
  };
}

function Files({ files }: { readonly files: readonly FileState[] }): Drawing {
  return (
    <table class="runs files">
      <caption class="unseen">Files</caption>
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col" class="number">Size</th>
          <th scope="col">Proof</th>
          <th scope="col">SHA-256</th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <tr data-key={`file-${file.path}`}>
            <th scope="row">
              <Name text={file.path} />
            </th>
            <td data-label="Size" class="number" title={`${file.sizeBytes.toLocaleString("en")} B`}>
              {formatBytes(file.sizeBytes)}
            </td>
            <td data-label="Proof">{standOf(file)}</td>
            <td data-label="SHA-256">
              <code class="hash">{file.sha256 ?? "not yet"}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Proven only where a pass compared these very bytes. */
function standOf({ sha256, provenSha256, localMissing, sent, result }: FileState): string {
  const here = localMissing ? ", gone here" : "";
  if (result === "mismatched") return `different over there${here}`;
  if (result === "missing" && sent) return `missing over there${here}`;
  if (sha256 !== null && provenSha256 === sha256) return `proven${here}`;
  return sent ? `sent, not proven${here}` : `not sent yet${here}`;
}
