/** The runs of a life as its people know them: they make, edit, rename and lose files of them. */
import type { TreeNode } from "./tree.ts";
import { filesBelow } from "./tree.ts";
import { contentOf } from "./ledger.ts";
import { nodeOrNull } from "./far_disk.ts";
import { DATA_ROOT, EQUIPMENT, FAR_BASE, type World } from "./world.ts";
import { FIRST_LEAF, prepare, PROJECT } from "./prepare.ts";
import { RECORD_FILES, recordPath } from "../../lib/records/mod.ts";

export interface Placed {
  readonly path: string;
  readonly node: TreeNode;
}

export class Runs {
  readonly paths: string[] = [];
  /** Every file system that was ever mounted as the NAS. */
  readonly volumes: TreeNode[] = [];
  #made = 0;

  constructor(private readonly world: World) {}

  /** As an instrument: a folder with its records, then its files. */
  async make(files: number): Promise<string> {
    const { record } = await prepare();
    const minute = String(this.#made++).padStart(2, "0");
    const path = this.world.byHand(() => this.#folder(record, `Run_2026-04-17T14-${minute}`));
    for (let i = 0; i < files; i++) this.write(`${path}/${NAMES[i % NAMES.length]}${i}.dat`);
    this.paths.push(path);
    return path;
  }

  /** Each has the same records as a run that `run new` made, with another time. */
  #folder(record: Uint8Array, leaf: string): string {
    const { disk } = this.world;
    const path = `${DATA_ROOT}/${EQUIPMENT}/${PROJECT}/Runs/${leaf}`;
    disk.mkdir(`${path}/.exlab-wizard`, { recursive: true });
    const text = new TextDecoder().decode(record).replaceAll(FIRST_LEAF, leaf);
    disk.writeFile(recordPath(path, RECORD_FILES.creation), new TextEncoder().encode(text));
    return path;
  }

  /** New bytes under a name, by hand. */
  write(path: string): void {
    const { disk, ledger, dice } = this.world;
    this.world.byHand(() => {
      disk.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      disk.writeFile(path, ledger.newContent(dice.between(0, 40)));
      this.world.writtenByHand.add(disk.tree.at(path));
    });
  }

  /** Data files of a folder of the local disk. */
  local(run: string): Placed[] {
    return this.#below(run);
  }

  far(run: string): Placed[] {
    return this.#below(this.farOf(run));
  }

  farOf(run: string): string {
    return `${FAR_BASE}/${run.slice(`${DATA_ROOT}/${EQUIPMENT}/`.length)}`;
  }

  #below(folder: string): Placed[] {
    const node = nodeOrNull(this.world.disk, folder);
    if (node?.kind !== "folder") return [];
    return [...filesBelow(node)].flatMap(({ path, node: file }) =>
      contentOf(file.bytes) === null || isTemporary(path)
        ? []
        : [{ path: `${folder}/${path}`, node: file }]
    );
  }
}

/** What labferry itself has not finished yet. */
function isTemporary(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith(".lf-");
}

const NAMES = ["a", "deep/b", "deep/er/c", "image", "z"];
