import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRemote, shownAddress } from "../../../lib/transports/rclone/remote_address.ts";
import { LabferryError } from "../../../lib/base/mod.ts";

Deno.test("parseRemote reads every form people write", () => {
  const forms: [string, string | null, string | null, string][] = [
    ["lab-nas", "lab-nas", null, ""],
    ["lab-nas:", "lab-nas", null, ""],
    ["lab-nas:lab/X", "lab-nas", null, "lab/X"],
    ["Labor 2: NAS", "Labor 2", null, " NAS"],
    [":local:/mnt/nas", null, "local", "/mnt/nas"],
    [":local:C:/data", null, "local", "C:/data"],
    [":sftp,host=nas01,user=lab:/srv", null, "sftp", "/srv"],
    ['lab-nas,key_file="/a:b,c ""d""":x', "lab-nas", null, "x"],
  ];
  for (const [text, name, type, path] of forms) {
    const address = parseRemote(text);
    assert.deepEqual([address.name, address.type, address.path], [name, type, path], text);
    assert.equal(address.prefix + address.path, text.includes(":") ? text : `${text}:`);
  }
  const { options } = parseRemote('lab-nas,key_file="/a:b,c ""d""",skip-links:x');
  assert.deepEqual([...options], [["key_file", '/a:b,c "d"'], ["skip_links", "true"]]);
});

Deno.test("parseRemote refuses what rclone would take for a folder or cannot read", () => {
  for (
    const text of ["", "/mnt/nas", "./x", ":", "-flag:", ":sftp,host=x", 'a,b="open:', ":local"]
  ) {
    assert.throws(() => parseRemote(text), (error: unknown) => {
      assert.ok(error instanceof LabferryError, text);
      assert.equal(error.code, "config_invalid", text);
      return true;
    });
  }
});

Deno.test("parseRemote does not repeat a password in its error", () => {
  assert.throws(
    () => parseRemote(":sftp,host=nas,pass=geheim"),
    (error: unknown) => error instanceof LabferryError && !error.message.includes("geheim"),
  );
});

Deno.test("parseRemote reads back any option that is quoted as rclone wants it", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (value, path) => {
    const address = parseRemote(`:sftp,host="${value.replaceAll('"', '""')}":${path}`);
    assert.equal(address.options.get("host"), value);
    assert.equal(address.path, path);
  }));
});

Deno.test("shownAddress leaves options out", () => {
  assert.equal(shownAddress(parseRemote(":sftp,host=nas,pass=x:/srv")), ":sftp,…:/srv");
  assert.equal(shownAddress(parseRemote("lab-nas:lab/X")), "lab-nas:lab/X");
});
