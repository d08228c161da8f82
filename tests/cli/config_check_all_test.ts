/** `config check --all`: what every computer has from the common file is said once. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

Deno.test("config check --all says once what is wrong with all, and of each what is its own", async () => {
  await using lab = await openLab();
  const folder = lab.join("many");
  await Deno.mkdir(`${folder}/hosts`, { recursive: true });
  const put = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
  await put("common.yaml", "sync: { max_paralel: 3 }\n");
  for (const host of ["a", "b", "c"]) await put(`hosts/${host}.yaml`, "");
  await put("hosts/c.yaml", "fleet: { heartbeat_seconds: soon }\n");
  const check = () => labferry(lab, ["config", "check", "--all", folder]);
  const wrong = await check();
  assert.equal(wrong.code, 2);
  const lines = wrong.stdout.split("\n");
  assert.equal(lines[0], "every computer, 3:");
  assert.match(lines[1]!, /common\.yaml:1:9: sync\.max_paralel: unknown key/);
  assert.equal(wrong.stdout.match(/max_paralel/g)?.length, 1);
  assert.match(wrong.stdout, /^c: 2 problems, 0 instruments\n {2}.*hosts\/c\.yaml:1:\d+: fleet\./m);
  await put("common.yaml", "");
  await put("hosts/c.yaml", "");
  const good = await check();
  assert.equal(good.code, 0, good.stdout);
  const once = "every computer, 3:\n  no equipment is configured: nothing will be sent\n";
  assert.equal(
    good.stdout,
    `${once}${["a", "b", "c"].map((one) => `${one}: ok, 0 instruments\n`).join("")}`,
  );
});
