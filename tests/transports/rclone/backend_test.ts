import assert from "node:assert/strict";
import { readConfigDump, resolveBackend } from "../../../lib/transports/rclone/backend.ts";
import { parseRemote } from "../../../lib/transports/rclone/remote_address.ts";
import { chooseProof } from "../../../lib/transports/rclone/proof_choice.ts";

const sections = readConfigDump({
  nas: { type: "sftp", host: "nas01", known_hosts_file: "~/.ssh/known_hosts", pass: "secret" },
  open: { type: "sftp", host: "nas02", known_hosts_file: "none" },
  disk: { type: "local" },
  short: { type: "alias", remote: "nas:lab" },
  shorter: { type: "alias", remote: "short:X" },
  folder: { type: "alias", remote: "/mnt/nas" },
  loop: { type: "alias", remote: "loop:" },
  sealed: { type: "crypt", remote: "cached:x", password: "secret" },
  cached: { type: "cache", remote: "nas:lab" },
  both: { type: "union", upstreams: 'disk:/a:ro "nas:b c" /mnt/x' },
  parts: { type: "combine", upstreams: "one=nas:a two=disk:/b" },
});
const resolve = (remote: string) => resolveBackend(parseRemote(remote), sections);

Deno.test("resolveBackend follows aliases to what they name", () => {
  assert.equal(resolve("shorter:y").type, "sftp");
  assert.deepEqual(
    [resolve("folder:lab/X").type, resolve("folder:lab/X").localPath],
    ["local", "/mnt/nas/lab/X"],
  );
  assert.equal(resolve("disk:/mnt/a").localPath, "/mnt/a");
  assert.equal(resolve(":local:/mnt/a").localPath, "/mnt/a");
  assert.equal(resolve("nowhere:").type, null);
  assert.equal(resolve("loop:").type, "alias");
});

Deno.test("resolveBackend knows everything a wrapper stands before", () => {
  assert.deepEqual([...resolve("sealed:").wrappedTypes].sort(), ["cache", "sftp"]);
  assert.deepEqual([...resolve("both:").wrappedTypes].sort(), ["local", "sftp"]);
  assert.deepEqual([...resolve("parts:").wrappedTypes].sort(), ["local", "sftp"]);
  assert.equal(resolve("both:").localPath, null);
});

Deno.test("resolveBackend tells an sftp remote that believes any server", () => {
  assert.equal(resolve("nas:").checksHostKey, true);
  assert.equal(resolve("short:").checksHostKey, true);
  assert.equal(resolve("open:").checksHostKey, false);
  assert.equal(resolve(":sftp,host=x:").checksHostKey, false);
  assert.equal(resolve(":sftp,host=x,known_hosts_file=/k:").checksHostKey, true);
  assert.equal(resolve("disk:").checksHostKey, true);
});

Deno.test("readConfigDump keeps no secret", () => {
  assert.equal(JSON.stringify([...sections]).includes("secret"), false);
});

Deno.test("chooseProof takes no checksum for more than it is", () => {
  const all = ["md5", "sha1", "sha256"];
  const strength = (type: string | null, hashes: string[], acceptProviderAsserted = false) => {
    const proof = chooseProof(type, { hashes, acceptProviderAsserted });
    return `${proof.strength}${proof.download ? " by download" : ""}`;
  };
  assert.equal(strength("local", all), "read_back");
  assert.equal(strength("sftp", all), "remote_computed");
  assert.equal(strength("sftp", ["md5"]), "read_back by download");
  for (const wrapper of ["crypt", "hasher", "union", "chunker", "compress", "combine", "cache"]) {
    assert.equal(strength(wrapper, all, true), "read_back by download", wrapper);
  }
  assert.equal(strength("somecloud", all), "read_back by download");
  assert.equal(strength("somecloud", all, true), "provider_asserted");
  assert.equal(strength("s3", ["md5"], true), "read_back by download");
  assert.equal(strength(null, all, true), "read_back by download");
});
