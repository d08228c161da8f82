/** Follows `HOW-TO-VERIFY.txt` word by word, as somebody would who has nothing but the base. */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../lib/base/mod.ts";
import { hasTool } from "./needs.ts";

/** The page's sections of commands, by number. */
export interface Followed {
  /** Who signs here: a name and a fingerprint a line. */
  readonly 1: string;
  readonly 2: string;
  readonly 3: string;
  readonly 4: string;
  readonly 5: string;
}

/**
 * Types each command of the page, section by section, in a shell that has a PATH and nothing else;
 * the examples' names are put in place, as the page says. Returns what each section answered.
 */
export async function followHowToVerify(
  base: string,
  names: {
    readonly run: string;
    readonly report?: string;
    /** A shell in the base. @default one that has a PATH and nothing else */
    readonly shell?: readonly string[];
  },
): Promise<Followed> {
  const page = await Deno.readTextFile(`${base}/HOW-TO-VERIFY.txt`);
  const sections = page.split(/^(?=\d\. [A-Z])/m).slice(1);
  const commands = sections.map((section) =>
    section.split("\n").filter((line) => line.startsWith("    ")).map((line) => line.slice(4))
  );
  const typed = commands.flatMap((lines, i) => [
    `echo '=== ${i + 1}'`,
    ...lines.map((line) =>
      line.startsWith("RUN=")
        ? `RUN='${names.run}'`
        : line.startsWith("REPORT=")
        ? `REPORT='${names.report ?? "none"}'`
        : line
    ),
  ]);
  const [command, ...args] = names.shell ?? ["env", "-i", "PATH=/usr/bin:/bin", "sh"];
  const child = new Deno.Command(command!, {
    args,
    cwd: base,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Into one stream, so that what went wrong stands where it did.
  await writer.write(encodeUtf8(`exec 2>&1\n${typed.join("\n")}\nrm -r "$K"\n`));
  await writer.close();
  const { stdout } = await child.output();
  const answers = new TextDecoder().decode(stdout).split(/^=== \d\n/m).slice(1);
  return { 1: answers[0]!, 2: answers[1]!, 3: answers[2]!, 4: answers[3]!, 5: answers[4]! };
}

/** `ssh-keygen -Y verify`, with whatever stands in the base's key folder. */
export async function sshVerify(
  options: {
    readonly base: string;
    readonly file: string;
    readonly namespace: string;
    readonly who: string;
    readonly at?: string;
  },
): Promise<{ readonly good: boolean; readonly said: string }> {
  const { base, file, namespace, who, at } = options;
  const dir = await Deno.makeTempDir();
  try {
    let signers = "";
    for await (const { name } of Deno.readDir(`${base}/.labferry-keys`)) {
      if (name.endsWith(".signer")) {
        signers += await Deno.readTextFile(`${base}/.labferry-keys/${name}`);
      }
    }
    await Deno.writeTextFile(`${dir}/allowed_signers`, signers);
    const child = new Deno.Command("ssh-keygen", {
      args: [
        ...["-Y", "verify", "-f", `${dir}/allowed_signers`, "-I", who, "-n", namespace],
        ...["-s", `${file}.sig`, ...(at ? [`-Overify-time=${at}`] : [])],
      ],
      env: { TZ: "UTC" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(await Deno.readFile(file));
    await writer.close();
    const { success, stdout, stderr } = await child.output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return { good: success, said };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Both records of a deletion are signed, and the page's commands say so, where there is a shell. */
export async function assertDeletionSigned(base: string, run: string): Promise<void> {
  if (!hasTool("unix")) return console.warn(`NOT CHECKED without a shell: signatures of ${run}`);
  const { 3: answer } = await followHowToVerify(base, { run });
  const good = /^Good "labferry-deletion-v1@labferry" signature for labferry@/gm;
  assert.equal([...answer.matchAll(good)].length, 2, answer);
}
