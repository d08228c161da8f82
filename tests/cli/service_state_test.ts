/** Whose state a command works with: that of whoever's configuration it uses. */
import assert from "node:assert/strict";
import { withoutLab } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const SERVICES_CONFIG = "/etc/labferry/config.yaml";
const SERVICES_STATE = "/var/lib/labferry";

testWith(
  ["unix", "linux"],
  "whoever uses the service's configuration asks the service",
  async () => {
    await using home = await tempDir();
    const stateOf = async (config: string) => {
      const { code, stderr } = await withoutLab(["--config", config, "open", "--print"], {
        home: home.path,
      });
      assert.notEqual(code, 0);
      return stderr;
    };
    assert.match(await stateOf(SERVICES_CONFIG), new RegExp(`directory ${SERVICES_STATE}\\b`));
    const own = await stateOf(home.join("config.yaml"));
    assert.match(own, /\.local\/state\/labferry/);
    assert.doesNotMatch(own, new RegExp(SERVICES_STATE));
  },
);
