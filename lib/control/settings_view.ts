/** The configuration that is in force, as it is shown: never changed from here. */
export interface ShownSetting {
  /** `sync.max_parallel`; of an equipment `equipment.CONFOCAL_01.transport.type`. */
  readonly key: string;
  /** What of it may be a secret is `***`. */
  readonly value: unknown;
  readonly origin: "default" | "file";
  /** Which file, when the configuration is several. */
  readonly file?: string | undefined;
  /** The line of the file it stands in; null for a default. */
  readonly line: number | null;
}

export interface SettingsView {
  readonly path: string;
  readonly settings: readonly ShownSetting[];
  /** The file holds something else than when the service started: it takes effect at its next start. */
  readonly changed_since_start: boolean;
  /** What is wrong with the file as it is now, a line each; empty for a good one. */
  readonly problems: readonly string[];
  /** What is ignored in it, or allowed and surely not meant. */
  readonly notices: readonly string[];
  /** What it names and this computer does not have just now. */
  readonly warnings: readonly string[];
}
