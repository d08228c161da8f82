/** The transport on the `rclone` program. */
import type {
  ConnectOptions,
  FarSession,
  PlaceHere,
  Transport,
  TransportTraits,
} from "../contract.ts";
import { TransportError } from "../failure.ts";
import { guardedSession } from "../guarded_session.ts";
import { refusalOfOwnName } from "../tool/own_temporary.ts";
import { pathBelow } from "../tool/far_path.ts";
import { type Backend, readConfigDump, type RemoteSection, resolveBackend } from "./backend.ts";
import { refusalOfName } from "./name_list.ts";
import { Rcd } from "./rcd.ts";
import { RcloneTool } from "./rclone_tool.ts";
import { parseRemote, type RemoteAddress, shownAddress } from "./remote_address.ts";
import { RcloneSession } from "./session.ts";

export interface RcloneOptions {
  /** `lab-nas`, `lab-nas:`, `lab-nas:lab`, `:local:/path` or `:sftp,host=…:path`. */
  readonly remote: string;
  /** Below the remote, with `/`; may be empty. */
  readonly remotePath?: string;
  /** rclone's configuration; @default rclone's own choice */
  readonly configFile?: string;
  /** @default `rclone` on PATH */
  readonly binary?: string;
}

const CONFIG_LIMIT_MS = 30_000;

/**
 * Reaches whatever rclone reaches. Nothing is asked interactively: an encrypted configuration needs
 * `RCLONE_CONFIG_PASS` in the environment. rclone may write what it found out about a server
 * (`shell_type`, checksum commands) into its configuration, as it does for everybody.
 */
export class RcloneTransport implements Transport {
  readonly type = "rclone";
  readonly traits: TransportTraits = {
    hashesWhileSending: false,
    followsCeiling: true,
    readsKnownDevice: false,
    connectsAtOnce: false,
    localFolder: null,
    habitsDifferByFolder: false,
  };
  readonly #address: RemoteAddress;
  readonly #tool: RcloneTool;

  /** @throws {LabferryError} `config_invalid` when `remote` is no remote */
  constructor(options: RcloneOptions) {
    const { remote, remotePath = "", configFile = null, binary = "rclone" } = options;
    const address = parseRemote(remote);
    this.#address = { ...address, path: joinPaths(address.path, remotePath) };
    this.#tool = new RcloneTool({ binary, configFile, address: this.#address });
  }

  get address(): string {
    return shownAddress(this.#address);
  }

  refusalOfName(path: string): string | null {
    return refusalOfName(path) ?? refusalOfOwnName(path);
  }

  async placesHere(
    options: Pick<ConnectOptions, "signal" | "token">,
  ): Promise<readonly PlaceHere[]> {
    await using rcd = new Rcd({ tool: this.#tool, ...options });
    const backend = resolveBackend(this.#address, await this.#sections(options, rcd));
    await this.#hearVersion(rcd, options);
    const keepsNames = backend.localPath !== null;
    return (backend.localDisks ?? []).map((path) => ({ path, keepsNames }));
  }

  async connect(options: ConnectOptions): Promise<FarSession> {
    return await guardedSession({ transport: this, options }, async (guarded) => {
      const rcd = new Rcd({ tool: this.#tool, ...guarded });
      if (!this.#tool.knowsVersion) await this.#hearVersion(rcd, guarded);
      const version = await this.#tool.version(guarded.signal);
      const sections = await this.#sections(guarded, rcd);
      const backend = resolveBackend(this.#address, sections);
      const { name } = this.#address;
      if (name !== null && backend.type === null && !sections.has(name)) throw noSuchRemote(name);
      const settlement = settlementOf(backend);
      await rcd.settle(settlement);
      const { scratchDir } = options;
      const parts = {
        tool: this.#tool,
        version,
        address: this.#address,
        backend,
        scratchDir,
        keepsRcd: settlement.keeps,
      };
      const session = new RcloneSession(parts, { ...guarded, rcd });
      await session.reach();
      return session;
    });
  }

  /**
   * Whether the server is known by its key; false for an sftp remote without `known_hosts_file`,
   * where anybody who answers is believed. For `doctor`.
   */
  async checksHostKey(options: Pick<ConnectOptions, "signal" | "token">): Promise<boolean> {
    return resolveBackend(this.#address, await this.#sections(options)).checksHostKey;
  }

  /** From one that runs already, where a start of its own would be for this alone. Without an answer it is made. */
  async #hearVersion(rcd: Rcd, { signal }: Pick<ConnectOptions, "signal">): Promise<void> {
    const { answer } = await rcd.ask({
      method: "core/version",
      params: {},
      signal,
      timeoutMs: CONFIG_LIMIT_MS,
    });
    if (typeof answer?.version === "string") this.#tool.hearVersion(answer.version);
  }

  /** The answer is rclone's whole configuration, secrets included: it is never logged. */
  async #sections(
    { signal, token }: Pick<ConnectOptions, "signal" | "token">,
    rcd?: Rcd,
  ): Promise<Map<string, RemoteSection>> {
    await using asked = rcd === undefined ? new Rcd({ tool: this.#tool, signal, token }) : null;
    const end = await (rcd ?? asked!).ask({
      method: "config/dump",
      params: {},
      signal,
      timeoutMs: CONFIG_LIMIT_MS,
    });
    if (end.answer === null) {
      throw this.#tool.failure("rclone's configuration could not be read for", end);
    }
    return readConfigDump(end.answer);
  }
}

/** An absolute `remotePath` is meant from the remote's root, as rclone itself takes it. */
function joinPaths(base: string, path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (base === "") return trimmed;
  return pathBelow(base, trimmed.replace(/^\/+/, ""));
}

/**
 * Backends that remember nothing of what they saw, so that each request is a fresh look; only those
 * that the contract suite was run against.
 */
const REMEMBERS_NOTHING: ReadonlySet<string> = new Set([
  "local",
  "sftp",
  "smb",
  "webdav",
  "s3",
]);

function settlementOf({ type }: Backend): { keeps: boolean; retries: number } {
  return {
    keeps: type !== null && REMEMBERS_NOTHING.has(type),
    // A lost connection is noticed and asked about again by `Rcd`; others have busy moments.
    retries: type === "sftp" || type === "local" ? 1 : 3,
  };
}

function noSuchRemote(name: string): TransportError {
  return new TransportError("unreachable", `rclone has no remote called ${name}`, {
    why: "its configuration has no such section, and the environment names none",
    hint:
      "`rclone listremotes` shows what there is, `rclone config` makes a new one. The service " +
      "may use another account's configuration: RCLONE_CONFIG names the file.",
  });
}
