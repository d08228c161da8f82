/** The programs that the configured transports run are here, and new enough. */
import { findTool } from "../../process/mod.ts";
import { TOOL_NEEDS, type ToolNeed, type ToolVersion } from "../../transports/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";
import { type Check, configIn, type Patient } from "../patient.ts";

interface Facts {
  readonly need: ToolNeed;
  readonly found: { readonly path: string; readonly version: string | null } | null;
}

export const TOOLS: Check<Facts> = {
  name: "tools",
  subjects: (patient) =>
    needsOf(patient).map((need) => ({
      about: need.tool,
      gather: async () => ({ need, found: await findTool(need.tool) }),
    })),
  judge: (facts) => [judge(facts)],
};

function needsOf(patient: Patient): ToolNeed[] {
  const types = configIn(patient)?.equipment.map(({ transport }) => transport.type) ?? [];
  return [...new Set(types)].flatMap((type) => TOOL_NEEDS[type]);
}

function judge({ need, found }: Facts): Said {
  const { tool, oldest, better } = need;
  if (found === null) {
    return fault({
      code: "missing_tool",
      message: `${tool} is not on the PATH of this account`,
      hint: `install it (Debian: apt install ${
        packageOf(tool)
      }), or put its folder on the service's PATH`,
    });
  }
  // ssh-keygen has no version of its own.
  if (tool === "ssh-keygen") return ok(found.path);
  const version = found.version === null ? null : numbersOf(found.version);
  if (version === null) {
    return fault({
      code: "missing_tool",
      message: `${found.path} does not say its version: it is no ${tool}`,
      hint: `install ${tool}`,
    });
  }
  const named = `${found.path} ${found.version}`;
  if (oldest !== null && isOlder(version, oldest)) {
    return fault({
      code: "missing_tool",
      message: `${named} is too old`,
      hint: `install ${tool} ${oldest.slice(0, 2).join(".")} or newer`,
    });
  }
  const lacking = better.filter(({ since }) => isOlder(version, since));
  if (lacking.length === 0) return ok(named);
  const newest = lacking.at(-1)!.since;
  return warning({
    code: "missing_tool",
    message: `${named}: ${lacking.map(({ lacks }) => lacks).join("; ")}`,
    hint: `${tool} ${newest.join(".").replace(/\.0$/, "")} or newer does it better`,
  });
}

function packageOf(tool: ToolNeed["tool"]): string {
  return tool.startsWith("ssh") ? "openssh-client" : tool;
}

/** `3.2.7`, `1.60.1-DEV`, `9.2p1`. */
function numbersOf(version: string): ToolVersion | null {
  const [, major, minor, patch = "0"] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

function isOlder(version: ToolVersion, than: ToolVersion): boolean {
  for (const [i, wanted] of than.entries()) {
    if (version[i] !== wanted) return version[i]! < wanted;
  }
  return false;
}
