/**
 * Packages as others read them: a crate by the library of those who write the specification, and by the text
 * of RO-Crate 1.2 below. Of BagIt's validators none is on npm or in Debian: GNU sha256sum reads the bag's
 * manifests, and the rest is held to the text of RFC 8493.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/mod.ts";
import { type ExportFormat, type ExportOptions, exportRun } from "../../lib/export/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type Bench, openBench } from "../sync/bench.ts";

const FILES = {
  "a.dat": "alpha",
  "deep/er/b 1.dat": "beta",
  "100%.dat": "gamma",
  "two\nlines.dat": "delta",
  "carriage\rreturn.dat": "",
  "ünï#?.dat": "epsilon",
};

async function openExport(files: Record<string, string> = FILES) {
  const bench: Bench = await openBench();
  const dir = await tempDir();
  const run = await bench.lab.makeRun(files);
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  return {
    run,
    dir: dir.path,
    pack: (format: ExportFormat, more: Partial<ExportOptions> = {}) =>
      exportRun(run, {
        format,
        to: `${dir.path}/package`,
        transfer: { destination: "/mnt/nas/lab", provenAt: "2026-04-17T15:00:00Z" },
        license: "https://creativecommons.org/licenses/by/4.0/",
        clock: systemClock,
        signal: new AbortController().signal,
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      await dir[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}

async function sha256sumChecks(folder: string, manifest: string): Promise<boolean> {
  const { success } = await new Deno.Command("sha256sum", {
    args: ["--check", "--strict", "--quiet", manifest],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

const linesOf = async (path: string) => (await Deno.readTextFile(path)).trimEnd().split("\n");

testWith(["sha256sum"], "export makes a bag of BagIt 1.0, with its own escapes", async () => {
  await using made = await openExport();
  const ctimes = () =>
    Promise.all(Object.keys(FILES).map(async (n) => (await Deno.stat(`${made.run}/${n}`)).ctime));
  const before = await ctimes();
  const exported = await made.pack("bagit");
  assert.deepEqual(await ctimes(), before, "the run's own files are as they were");
  const bag = exported.to;
  assert.equal(
    await Deno.readTextFile(`${bag}/bagit.txt`),
    "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
  );
  assert.ok(await sha256sumChecks(bag, "tagmanifest-sha256.txt"));
  const payload = (await filesBelow(bag)).filter((path) => path.startsWith("data/"));
  const listed = (await linesOf(`${bag}/manifest-sha256.txt`)).map((line) => {
    const match = /^([0-9a-f]{64}) {2}(data\/.+)$/.exec(line);
    assert.ok(match, line);
    return match[2]!.replace(/%(0A|0D|25)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  });
  assert.deepEqual(listed.toSorted(), payload.toSorted(), "complete: each file listed, once");
  assert.ok(
    (await Deno.readTextFile(`${bag}/manifest-sha256.txt`)).includes("data/two%0Alines.dat"),
  );
  const info = new Map((await linesOf(`${bag}/bag-info.txt`)).map((line) => {
    const at = line.indexOf(": ");
    return [line.slice(0, at), line.slice(at + 2)];
  }));
  const sizes = await Promise.all(
    payload.map(async (path) => (await Deno.stat(`${bag}/${path}`)).size),
  );
  const oxum = `${sizes.reduce((a, b) => a + b, 0)}.${payload.length}`;
  assert.equal(info.get("Payload-Oxum"), oxum);
  assert.match(info.get("Bagging-Date")!, /^\d{4}-\d\d-\d\d$/);
  assert.match(info.get("External-Identifier")!, /^PLATE_01\/.+\/Runs\/Run_/);
  assert.deepEqual(
    await Deno.readFile(`${bag}/data/100%.dat`),
    await Deno.readFile(`${made.run}/100%.dat`),
  );
});

testWith(
  ["sha256sum"],
  "a bag of ordinary names is what sha256sum checks as it stands",
  async () => {
    await using made = await openExport({ "a.dat": "alpha", "deep/b.dat": "beta" });
    const { to } = await made.pack("bagit");
    assert.ok(await sha256sumChecks(to, "manifest-sha256.txt"));
    await Deno.writeTextFile(`${to}/data/a.dat`, "alphA");
    assert.ok(!await sha256sumChecks(to, "manifest-sha256.txt"));
  },
);

interface Judged {
  readonly status: "success" | "warning" | "error";
  readonly id: string;
  readonly message: string;
  readonly entity?: string;
}

/** What the crate's own people find wrong with it. */
async function validated(folder: string): Promise<Judged[]> {
  const path = (name: string) => new URL(`../../${name}`, import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-read", "--allow-env", "--no-check", "--config", path("deno.json")],
      ...[path("tests/support/ro_crate_main.ts"), folder],
    ],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.match(said!, /^\[/, wrong);
  const all = JSON.parse(said!) as Judged[];
  assert.ok(all.filter(({ status }) => status === "success").length >= 5, said);
  return all.filter(({ status }) => status !== "success");
}

interface Entity {
  readonly "@id": string;
  readonly "@type": string;
  readonly [name: string]: unknown;
}

/** What RO-Crate 1.2 demands of a document, as far as a machine can ask it. */
async function checkCrate(folder: string): Promise<Map<string, Entity>> {
  const text = await Deno.readTextFile(`${folder}/ro-crate-metadata.json`);
  const document = JSON.parse(text) as { "@context": string; "@graph": Entity[] };
  assert.equal(document["@context"], "https://w3id.org/ro/crate/1.2/context");
  const byId = new Map(document["@graph"].map((entity) => [entity["@id"], entity]));
  assert.equal(byId.size, document["@graph"].length, "each @id once");
  const descriptor = byId.get("ro-crate-metadata.json")!;
  assert.equal(descriptor["@type"], "CreativeWork");
  assert.deepEqual(descriptor["about"], { "@id": "./" });
  assert.deepEqual(descriptor["conformsTo"], { "@id": "https://w3id.org/ro/crate/1.2" });
  const root = byId.get("./")!;
  assert.equal(root["@type"], "Dataset");
  for (const name of ["name", "description", "datePublished", "license"]) {
    assert.ok(root[name], name);
  }
  assert.match(root["datePublished"] as string, /^\d{4}-\d\d-\d\d$/);
  // Every reference leads to an entity of the crate, and every file of it is on the disk.
  for (const entity of byId.values()) {
    assert.ok(entity["@type"], entity["@id"]);
    for (const [name, value] of Object.entries(entity)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        const id = (one as { "@id"?: string } | null)?.["@id"];
        if (id === undefined || name === "conformsTo") continue;
        assert.ok(byId.has(id), `${entity["@id"]}.${name}: ${id}`);
      }
    }
    if (entity["@type"] !== "File") continue;
    const path = decodeURIComponent(entity["@id"]);
    assert.equal(String((await Deno.stat(`${folder}/${path}`)).size), entity["contentSize"]);
    assert.match(entity["@id"], /^[A-Za-z0-9%._~!*'()/-]+$/, "a relative URI");
  }
  return byId;
}

Deno.test("export makes an RO-Crate 1.2 of which each reference leads somewhere", async () => {
  await using made = await openExport();
  const { to } = await made.pack("ro-crate");
  const entities = await checkCrate(to);
  const files = (await filesBelow(to)).filter((path) => path !== "ro-crate-metadata.json");
  const described = [...entities.values()].filter((entity) => entity["@type"] === "File")
    .map((entity) => decodeURIComponent(entity["@id"]));
  assert.deepEqual(described.toSorted(), files.toSorted());
  assert.equal(entities.get("#instrument")?.["identifier"], "PLATE_01");
  assert.equal(entities.get("#transfer")?.["endTime"], "2026-04-17T15:00:00Z");
  assert.ok(entities.has("https://creativecommons.org/licenses/by/4.0/"));
});

Deno.test("the validator of RO-Crate's own people takes a crate, and not one that lacks something", async () => {
  await using made = await openExport();
  const { to } = await made.pack("ro-crate");
  assert.deepEqual(await validated(to), []);
  const file = `${to}/ro-crate-metadata.json`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace('"license":', '"licence":'));
  assert.deepEqual((await validated(to)).map(({ id }) => id), ["licenseRequired"]);
  await Deno.writeTextFile(file, text.replaceAll("/crate/1.2/context", "/crate/9.9/context"));
  assert.ok((await validated(to)).some(({ id }) => id === "hasContext"));
  await Deno.writeTextFile(file, text);
  await Deno.remove(`${to}/a.dat`);
  assert.deepEqual((await validated(to)).map(({ id, entity }) => [id, entity]), [
    ["validCrateDataEntityPath", "a.dat"],
  ]);
});

Deno.test("a crate of very many files names a thousand, and the manifest that has all", async () => {
  const many = Object.fromEntries(Array.from({ length: 1_010 }, (_, i) => [`p_${i}.dat`, `${i}`]));
  await using made = await openExport(many);
  const { to } = await made.pack("ro-crate", { license: null, transfer: null });
  const entities = await checkCrate(to);
  assert.equal((entities.get("./")!["hasPart"] as unknown[]).length, 1_000);
  assert.ok(entities.has(".exlab-wizard/checksums.sha256"));
  assert.match(entities.get("./")!["description"] as string, /\d+ more files/);
});

Deno.test("export packs nothing that is not what the manifest says, and leaves nothing half", async () => {
  await using made = await openExport();
  await Deno.writeTextFile(`${made.run}/a.dat`, "alphA");
  await assert.rejects(made.pack("bagit"), { code: "local_copy_damaged" });
  await Deno.remove(`${made.run}/a.dat`);
  await assert.rejects(made.pack("ro-crate"), { code: "source_vanished" });
  assert.deepEqual(await filesBelow(made.dir), []);
  await assert.rejects(made.pack("bagit", { to: `${made.run}/bag` }), { code: "usage" });
  await Deno.mkdir(`${made.dir}/package`);
  await assert.rejects(made.pack("bagit"), { code: "already_exists" });
});
