/** What two computers leave on a NAS, as Debian's node_exporter reads it there. */
import assert from "node:assert/strict";
import { type Family, seriesText } from "../../lib/fleet/mod.ts";
import { testWith } from "../support/needs.ts";
import { lintsOf } from "../support/promtool.ts";
import { tempDir } from "../support/temp_dir.ts";
import { textfileCollector } from "../support/textfile_collector.ts";
import { until } from "../support/until.ts";
import { startComputer } from "./computer.ts";
import { beatOf, stemOf } from "./fleet_folder.ts";

const families = (equipment: readonly string[]): Family[] => [
  { name: "start_timestamp_seconds", type: "gauge", help: "Start.", samples: [{ value: 5 }] },
  {
    name: "unsafe_bytes",
    type: "gauge",
    help: "Unsafe.",
    samples: equipment.map((id) => ({ labels: { equipment: id }, value: 7 })),
  },
  {
    name: "paused",
    type: "gauge",
    help: "Paused.",
    samples: [{ labels: { equipment: "*" }, value: 1 }],
  },
];

testWith(
  ["nodeExporter", "promtool"],
  "two computers of three bases are scraped whole, and the traps are real",
  async () => {
    await using dir = await tempDir("labferry-collector-");
    const texts: string[] = [];
    const put = async (equipmentId: string, host: string, equipment: readonly string[]) => {
      const beat = beatOf(host);
      const folder = dir.join("lab", equipmentId, ".labferry-fleet");
      await Deno.mkdir(folder, { recursive: true });
      const at = { equipmentId, address: `/srv/lab/${equipmentId}` };
      const text = seriesText({ families: families(equipment), heartbeat: beat, at });
      texts.push(text);
      await Deno.writeTextFile(`${folder}/${stemOf(beat)}.prom`, text);
    };
    await put("FLOW_01", "flow-pc", ["FLOW_01", "GEL_01"]);
    await put("GEL_01", "flow-pc", ["FLOW_01", "GEL_01"]);
    await put("PLATE_01", "plate-pc", ["PLATE_01"]);
    for (const text of texts) {
      assert.deepEqual(await lintsOf(text), []);
      assert.ok(text.endsWith("\n"));
      assert.deepEqual(text.match(/^# (?!TYPE).*/gm), null);
      const series = text.split("\n").filter((line) => /^[a-z]/.test(line));
      assert.ok(series.every((line) => /\{host="[^"]+"[^}]*\} [^ ]+$/.test(line)), text);
      assert.ok(!/[{,](instance|job)=/.test(text));
    }
    await using collector = await textfileCollector(dir.join("lab/*/.labferry-fleet"));
    const scraped = await collector.scrape();
    assert.match(scraped, /^node_textfile_scrape_error 0$/m);
    for (const id of ["FLOW_01", "GEL_01", "PLATE_01"]) {
      assert.match(
        scraped,
        new RegExp(`^labferry_unsafe_bytes\\{equipment="${id}",host="\\w+-pc"\\} 7$`, "m"),
      );
    }
    assert.equal(scraped.match(/^labferry_heartbeats_total\{/gm)?.length, 3);
    assert.equal(scraped.match(/^labferry_paused\{/gm)?.length, 3);

    // A time beside one value costs the whole file; the same series twice costs all.
    const spoilt = dir.join("lab/PLATE_01/.labferry-fleet/x.prom");
    await Deno.writeTextFile(spoilt, "# TYPE labferry_x gauge\nlabferry_x 1 1700000000000\n");
    const withTime = await collector.scrape();
    assert.ok(!/^labferry_x/m.test(withTime));
    assert.match(withTime, /^node_textfile_scrape_error 1$/m);
    // Equal series in two files are an error, which the collector counts and nobody reads.
    await Deno.writeTextFile(spoilt, texts[2]!);
    await collector.scrape();
    assert.match(await collector.scrape(), /errors_total\{cause="gathering"\} [1-9]/);
    // Other words for one name: one of the two hosts is gone.
    const helped = (help: string, host: string) =>
      `# HELP labferry_y ${help}\n# TYPE labferry_y gauge\nlabferry_y{host="${host}"} 1\n`;
    await Deno.writeTextFile(spoilt, helped("Old words.", "a"));
    await Deno.writeTextFile(spoilt.replace("x.prom", "y.prom"), helped("New words.", "b"));
    assert.equal((await collector.scrape()).match(/^labferry_y\{/gm)?.length, 1);
  },
);

/** `name{label="…",…}` without the value, the labels in one order. */
function seriesIn(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("labferry_")).map((line) => {
    const [, name, labels = ""] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    return `${name}{${(labels.match(/\w+="(?:[^"\\]|\\.)*"/g) ?? []).toSorted().join(",")}}`;
  }).toSorted();
}

testWith(
  ["root", "namespaces", "nodeExporter", "promtool"],
  "what two services write themselves is scraped to the last series",
  async () => {
    await using dir = await tempDir("labferry-collector-");
    const nas = dir.join("nas");
    await Deno.mkdir(nas);
    await using _flow = await startComputer(dir, "flow-pc", "FLOW_01");
    await using _gel = await startComputer(dir, "gel-pc", "GEL_01");
    const written = async () => {
      const texts: string[] = [];
      for (const id of ["FLOW_01", "GEL_01"]) {
        const folder = `${nas}/${id}/.labferry-fleet`;
        if (!await Deno.stat(folder).catch(() => null)) continue;
        for await (const { name } of Deno.readDir(folder)) {
          if (name.endsWith(".prom")) texts.push(await Deno.readTextFile(`${folder}/${name}`));
        }
      }
      return texts;
    };
    await until(async () => (await written()).length === 2, { what: "both files" });
    for (const text of await written()) assert.deepEqual(await lintsOf(text), []);
    await using collector = await textfileCollector(`${nas}/*/.labferry-fleet`);
    let [wanted, scraped, said] = [[] as string[], [] as string[], ""];
    await until(async () => {
      wanted = (await written()).flatMap(seriesIn).toSorted();
      said = await collector.scrape();
      scraped = seriesIn(said);
      return wanted.length > 40 && JSON.stringify(wanted) === JSON.stringify(scraped);
    }, { what: "all series" }).catch((error) => assert.deepEqual(scraped, wanted, String(error)));
    assert.match(said, /^node_textfile_scrape_error 0$/m);
    for (const host of ["flow-pc", "gel-pc"]) {
      assert.ok(scraped.some((one) => one.startsWith("labferry_build_info") && one.includes(host)));
    }
  },
);
