/** Programs that compute SHA-256 on the far machine. */

export interface FarHashTool {
  readonly name: "openssl" | "sha256sum" | "sha256" | "shasum";
  /** Words for `sh`; files or nothing (stdin) follow. One line a file, the hash in front. */
  readonly command: string;
}

/**
 * Fastest for large files first: per core openssl made 1.24 GB/s where sha256sum made 0.24 (no SHA
 * extensions in coreutils 9.1). `sha256` is the BSDs', `shasum` Perl's, on every Mac.
 */
export const HASH_TOOLS: readonly FarHashTool[] = [
  { name: "openssl", command: "openssl dgst -sha256 -r" },
  { name: "sha256sum", command: "sha256sum" },
  { name: "sha256", command: "sha256 -q" },
  { name: "shasum", command: "shasum -a 256" },
];

/** Below it starting on a file costs openssl more (65 µs against 10) than hashing it saves. */
const SMALL_FILE_BYTES = 16 * 1024;

/** The tool for files of that mean size. */
export function toolFor(tools: readonly FarHashTool[], meanBytes: number): FarHashTool | undefined {
  const small = meanBytes < SMALL_FILE_BYTES && tools.find(({ name }) => name === "sha256sum");
  return small || tools[0];
}
