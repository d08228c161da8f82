import assert from "node:assert/strict";
import { addressKey, basesOverlap } from "../../lib/transports/base_overlap.ts";

Deno.test("basesOverlap finds one base at or below the other", () => {
  const overlapping: [string, string][] = [
    ["/mnt/nas/lab", "/mnt/nas/lab"],
    ["/mnt/nas/lab", "/mnt/nas/lab/"],
    ["/mnt/nas", "/mnt//nas/./lab"],
    ["/mnt/nas/lab/../FLOW_01", "/mnt/nas/flow_01/x"],
    ["/", "/mnt"],
    ["//nas01/lab", "\\\\nas01\\lab\\FLOW_01"],
    ["D:\\nas", "d:/nas/X"],
    ["labuser@nas01:/srv/lab", "other@NAS01:/srv/lab/FLOW_01"],
    ["labuser@nas01:/srv/lab", "nas01:/srv/lab"],
    ["me@[fd00::1]:/srv", "[fd00::1]:/srv/lab"],
    ["lab-nas:", "lab-nas:lab/X"],
    ["lab-nas:lab", "lab-nas:lab/X"],
    [':sftp,host="a:b":x', ':sftp,host="a:b":x/y'],
    ["/mnt/naïve", "/mnt/nai\u0308ve"],
  ];
  for (const [a, b] of overlapping) {
    assert.equal(basesOverlap(a, b), true, `${a} | ${b}`);
    assert.equal(basesOverlap(b, a), true, `${b} | ${a}`);
  }
});

Deno.test("basesOverlap leaves neighbours and other places alone", () => {
  const apart: [string, string][] = [
    ["/mnt/nas/FLOW_01", "/mnt/nas/FLOW_02"],
    ["/mnt/nas/FLOW_0", "/mnt/nas/FLOW_01"],
    ["nas01:/srv/lab", "nas02:/srv/lab"],
    ["lab-nas:lab", "other:lab"],
    ["/srv/lab", "nas01:/srv/lab"],
    ["D:\\nas", "E:\\nas"],
  ];
  for (const [a, b] of apart) {
    assert.equal(basesOverlap(a, b), false, `${a} | ${b}`);
    assert.equal(basesOverlap(b, a), false, `${b} | ${a}`);
  }
});

Deno.test("addressKey is one text for one address", () => {
  assert.equal(addressKey("/mnt//nas/lab/"), "/mnt/nas/lab");
  assert.equal(addressKey("/"), "/");
  assert.equal(addressKey("n:/INBOX"), addressKey("N:\\inbox\\"));
  assert.equal(addressKey("\\\\NAS01\\Lab"), addressKey("\\\\nas01\\lab"));
  assert.notEqual(addressKey("/mnt/NAS"), addressKey("/mnt/nas"));
  assert.equal(addressKey("labuser@nas01:/srv/lab/"), "labuser@nas01:/srv/lab");
  assert.equal(addressKey("nas01:lab"), "nas01:lab");
  assert.notEqual(addressKey("nas01:lab"), addressKey("nas01:/lab"));
  assert.equal(addressKey("lab-nas:"), "lab-nas:");
  assert.equal(addressKey("//nas01/lab"), "//nas01/lab");
});
