/** A run whose local copy was let go, by the commands that people use; and its address for `--from`. */
import assert from "node:assert/strict";
import { filesBelow } from "../contract/stage.ts";
import { type Lab, type LabOptions, openLab, type RunFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import type { Tool } from "../support/needs.ts";
import { startSshd, type TestSshd } from "../support/sshd.ts";
import type { TransportType } from "../../lib/transports/mod.ts";

export const FILES: RunFiles = {
  "a.dat": "alpha",
  "deep/b.dat": "beta",
  "deep/er/ünlike c #1.dat": "gamma",
  "empty.dat": "",
};

const CUSTODY = [
  "verify: { min_gap_hours: 0 }",
  "nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: 1, allow_same_disk: true }",
];

export interface GoneRun {
  readonly lab: Lab;
  readonly run: string;
  readonly far: string;
}

/** A lab with one such run; no service runs. */
export async function labWithGoneRun(
  files: RunFiles = FILES,
  moreYaml: readonly string[] = [],
  options: LabOptions = {},
): Promise<GoneRun> {
  const lab = await openLab({ ...options, moreYaml: [...CUSTODY, ...moreYaml].join("\n") });
  const run = await lab.makeRun(files);
  await Deno.mkdir(`${run}/an empty folder`);
  for (const args of [["destination", "init"], ["enqueue", run, "--wait"], ["clean", run]]) {
    const { code, stderr } = await labferry(lab, args);
    assert.equal(code, 0, `${args}: ${stderr}`);
  }
  assert.deepEqual(await dataOf(run), []);
  return { lab, run, far: lab.farRun(run) };
}

export async function dataOf(run: string): Promise<string[]> {
  return (await filesBelow(run)).filter((path) => !path.startsWith(".exlab-wizard/"));
}

/** What a person needs for `restore --from` over each transport. */
export const WAYS: Readonly<Record<TransportType, readonly Tool[]>> = {
  mount: [],
  rclone: ["rclone"],
  rsync_ssh: ["rsync", "sshd"],
};

/** The server that a way needs, if any. */
export async function serverOf(type: TransportType): Promise<TestSshd | null> {
  return type === "rsync_ssh" ? await startSshd() : null;
}

/** `restore --from …` for that run, as far as `--to`. */
export function fromArgs(
  { lab, far }: GoneRun,
  { type, sshd }: { readonly type: TransportType; readonly sshd: TestSshd | null },
): string[] {
  const base = lab.farBase("PLATE_01");
  const address = {
    mount: base,
    rclone: `:local:${base}`,
    rsync_ssh: `${sshd?.user}@${sshd?.host}:${base}`,
  }[type];
  const ssh = sshd ? ["--ssh-key", sshd.keyPath, "--ssh-port", String(sshd.port)] : [];
  return ["restore", "--from", address, far.slice(base.length + 1), ...ssh];
}
