import assert from "node:assert/strict";
import { parseDestination } from "../../lib/cli/destination_address.ts";

const FLAGS = { sshKey: null, sshPort: 22 };

Deno.test("parseDestination tells folders, ssh accounts and remotes apart", () => {
  const typeOf = (text: string) => parseDestination(text, FLAGS).type;
  assert.equal(typeOf("/mnt/nas/inbox"), "mount");
  assert.equal(typeOf("inbox"), "mount");
  assert.equal(typeOf("./a:b"), "mount");
  assert.equal(typeOf("C:\\inbox"), "mount");
  assert.equal(typeOf("lab@nas01:/srv/inbox"), "rsync_ssh");
  assert.equal(typeOf("lab-nas:inbox"), "rclone");
  assert.equal(typeOf(":local:/inbox"), "rclone");
});

Deno.test("parseDestination takes no folder for what was meant as an account or an option", () => {
  for (const text of ["", "  ", "-oProxyCommand=x@h:/x", "--help", "lab@nas01:inbox", "@:/x"]) {
    assert.throws(() => parseDestination(text, FLAGS), { code: "usage" }, JSON.stringify(text));
  }
});
