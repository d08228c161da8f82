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
  /** Whether a leg for a push removes its folder of partial files itself, or leaves that to us. */
  readonly tidiesUp: boolean;
  /** Removes temporary files of a far folder and its folder of partial files, in this order. */
  clear(options: ClearOptions): Promise<void>;
}

export interface ClearOptions {
  readonly farDir: string;
  /** Paths below `farDir`; left alone where the account does not let us remove them. */
  readonly temporary: readonly string[];
  readonly signal: AbortSignal;
}
