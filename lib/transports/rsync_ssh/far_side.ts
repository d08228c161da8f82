/** What differs between an account with a shell and one that may run rsync and nothing else. */

/** How rsync gets to a far folder: added to its options, and its far operand after `host:`. */
export interface FarLeg {
  readonly options: readonly string[];
  readonly operand: string;
}

export interface LegOptions {
  readonly farDir: string;
  /** Make the far folder below the base; the base itself is never made. */
  readonly make?: boolean;
  /** Folders below `farDir` through which names lead: none of them may be a link. */
  readonly parents?: readonly string[];
  /** Far folder for what rsync replaces (`--backup-dir`); no link may lead there either. */
  readonly aside?: string;
  /** Keep a folder for partial files there, and remove it after success. */
  readonly partial?: boolean;
  readonly signal?: AbortSignal;
}

export interface FarSide {
  /** @throws TransportError unless the base is there and can be listed */
  check(signal?: AbortSignal): Promise<void>;
  createBase(): Promise<void>;
  /**
   * A way to a far folder that follows no link below the base.
   *
   * @throws TransportError, FarFolderAbsent here or from the rsync that goes this way
   */
  leg(options: LegOptions): Promise<FarLeg>;
  /** Far paths in the far machine's own terms, for options like `--backup-dir`. */
  absolute(farPath: string): string;
  setAside(options: { farDir: string; name: string; intoDir: string }): Promise<boolean>;
  /** Removes the folder of partial files where the leg did not do so itself. */
  clearPartial(farDir: string, signal?: AbortSignal): Promise<void>;
}
