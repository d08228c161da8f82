/**
 * ssh can log in without being asked anything: the key that is configured is there, is this account's
 * alone, and has no passphrase; and the far machine's key is known, so that nobody else answers.
 */
import { statOrNull } from "../../disk/mod.ts";
import { runTool, succeeded } from "../../process/mod.ts";
import type { RsyncSshSettings } from "../../config/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";
import { type Check, configIn } from "../patient.ts";

interface Facts {
  readonly target: string;
  readonly keyPath: string | null;
  readonly key: "there" | "missing" | "exposed" | "locked" | "not a key" | "not asked";
  /** As ssh will look it up: `[nas01]:2222`; null where ssh did not tell. */
  readonly hostName: string | null;
  readonly isHostKnown: boolean;
}

const TOOL_LIMIT_MS = 10_000;

export const SSH_KEYS: Check<Facts> = {
  name: "ssh keys",
  subjects: (patient) => {
    const places = new Map<string, RsyncSshSettings>();
    for (const { transport } of configIn(patient)?.equipment ?? []) {
      if (transport.type !== "rsync_ssh") continue;
      const { target, port, keyPath } = transport;
      places.set(`${target}:${port} ${keyPath}`, transport);
    }
    return [...places.values()].map((transport) => ({
      about: transport.target,
      gather: (signal) => gather(transport, signal),
    }));
  },
  judge,
};

async function gather(
  { target, port, keyPath }: RsyncSshSettings,
  signal: AbortSignal,
): Promise<Facts> {
  const settings = await sshSettings({ target, port, signal });
  const hostName = settings === null ? null : lookedUpAs(settings);
  return {
    target,
    keyPath,
    key: keyPath === null ? "not asked" : await keyAt(keyPath, signal),
    hostName,
    isHostKnown: hostName !== null && settings !== null &&
      await isKnown(hostName, { files: settings.get("userknownhostsfile") ?? "", signal }),
  };
}

async function keyAt(path: string, signal: AbortSignal): Promise<Facts["key"]> {
  const info = await statOrNull(path);
  if (!info?.isFile) return "missing";
  if (Deno.build.os !== "windows" && ((info.mode ?? 0) & 0o077) !== 0) return "exposed";
  // With an empty passphrase: a key that has one says so instead of asking.
  const outcome = await runTool({
    command: "ssh-keygen",
    args: ["-y", "-P", "", "-f", path],
    timeoutMs: TOOL_LIMIT_MS,
    signal,
  });
  if (outcome.kind !== "exited") return "there";
  if (outcome.code === 0) return "there";
  return /passphrase/i.test(outcome.stderrTail) ? "locked" : "not a key";
}

/** What ssh makes of its own configuration for this host; null where it does not tell. */
async function sshSettings(
  { target, port, signal }: {
    readonly target: string;
    readonly port: number;
    readonly signal: AbortSignal;
  },
): Promise<ReadonlyMap<string, string> | null> {
  const at = target.lastIndexOf("@");
  const host = target.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
  const outcome = await runTool({
    command: "ssh",
    args: ["-G", "-p", String(port), "--", host],
    timeoutMs: TOOL_LIMIT_MS,
    signal,
  });
  if (!succeeded(outcome)) return null;
  return new Map(
    outcome.stdout.split(/\r?\n/).map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}

function lookedUpAs(settings: ReadonlyMap<string, string>): string | null {
  const name = settings.get("hostkeyalias") ?? settings.get("hostname");
  if (name === undefined) return null;
  const port = settings.get("port");
  return port === undefined || port === "22" ? name : `[${name}]:${port}`;
}

async function isKnown(
  hostName: string,
  { files, signal }: { readonly files: string; readonly signal: AbortSignal },
): Promise<boolean> {
  for (const file of files.split(" ").filter((one) => one !== "" && one !== "none")) {
    const path = file.replace(/^~(?=\/)/, Deno.env.get("HOME") ?? "~");
    const outcome = await runTool({
      command: "ssh-keygen",
      args: ["-F", hostName, "-f", path],
      timeoutMs: TOOL_LIMIT_MS,
      signal,
    });
    if (succeeded(outcome)) return true;
  }
  return false;
}

function judge(facts: Facts): readonly Said[] {
  return [judgeKey(facts), judgeHost(facts)];
}

function judgeKey({ key, keyPath, target }: Facts): Said {
  const code = "auth";
  switch (key) {
    case "there":
      return ok(`the key ${keyPath} can be used without being asked`);
    case "not asked":
      return ok("no ssh_key_path: ssh takes what its own configuration and agent give it");
    case "missing":
      return fault({
        code,
        message: `there is no key at ${keyPath}`,
        hint: `ssh-keygen -t ed25519 -N '' -f ${keyPath}, then ssh-copy-id -i ${keyPath} ${target}`,
      });
    case "exposed":
      return fault({
        code,
        message: `other accounts can read ${keyPath}: ssh refuses such a key`,
        hint: `chmod 600 ${keyPath}`,
      });
    case "locked":
      return fault({
        code,
        message: `${keyPath} has a passphrase, and a service is asked by nobody`,
        hint:
          "make a key without one for labferry alone, and restrict it over there (docs/security.md)",
      });
    case "not a key":
      return fault({
        code,
        message: `${keyPath} is no private key that ssh can read`,
        hint: "name the private key, not the one that ends in .pub",
      });
  }
}

function judgeHost({ hostName, isHostKnown, target }: Facts): Said {
  if (hostName === null) {
    return warning({
      code: "host_key",
      message: `ssh does not say how it would reach ${target}`,
      hint: `see what \`ssh -G ${target}\` says`,
    });
  }
  if (isHostKnown) return ok(`the key of ${hostName} is known`);
  return warning({
    code: "host_key",
    message: `the key of ${hostName} is not known yet: the first answer is believed`,
    hint:
      `log in once as this account and compare the fingerprint with the NAS's own: ssh ${target}`,
  });
}
