/** A file that was put into a package. */
export interface PackedFile {
  /** Below the run's folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}
