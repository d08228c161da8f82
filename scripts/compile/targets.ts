/** The systems labferry is made for, by the names that the runtime gives them. */
export interface Target {
  /** As `deno compile --target` takes it. */
  readonly triple: string;
  readonly os: "linux" | "darwin" | "windows";
  /** The npm package that holds the Deno of this system. */
  readonly npmPackage: string;
}

export const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", os: "linux", npmPackage: "@deno/linux-x64-glibc" },
  { triple: "aarch64-unknown-linux-gnu", os: "linux", npmPackage: "@deno/linux-arm64-glibc" },
  { triple: "x86_64-apple-darwin", os: "darwin", npmPackage: "@deno/darwin-x64" },
  { triple: "aarch64-apple-darwin", os: "darwin", npmPackage: "@deno/darwin-arm64" },
  { triple: "x86_64-pc-windows-msvc", os: "windows", npmPackage: "@deno/win32-x64" },
];

/** The target of that name. Throws, naming all, when there is none. */
export function targetNamed(triple: string): Target {
  const target = TARGETS.find((each) => each.triple === triple);
  if (target) return target;
  const known = TARGETS.map((each) => `        ${each.triple}`).join("\n");
  throw new CompileError(`there is no target "${triple}"`, `it is one of\n${known}`);
}

/** What stands in the way of an artefact, for the person who wants it. */
export class CompileError extends Error {
  constructor(message: string, readonly hint: string) {
    super(message);
  }
}
