/**
 * Imports point one way (`docs/architecture.md`). This walks the real module graph and names every
 * import that points up, sideways without leave, or in a circle, and every import of another room
 * that does not go through its `mod.ts`.
 */

/** Each room and the rooms it may import. Written out, so that a new arrow is a decision. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  disk: ["base"],
  evidence: ["base", "disk"],
  process: ["base"],
  presets: [],
  config: ["base", "disk", "presets"],
  records: ["base", "disk"],
  gate: ["base", "disk", "process", "config", "records"],
  transports: ["base", "disk", "process", "config"],
  queue: ["base", "disk"],
  fleet: ["base", "disk"],
  reports: ["base", "disk", "queue"],
  sessions: ["base", "disk", "process", "queue"],
  intake: ["base", "disk", "process", "config", "records", "gate", "queue", "jobs", "sync"],
  staging: [
    "base",
    "disk",
    "config",
    "evidence",
    "records",
    "gate",
    "queue",
    "intake",
    "sync",
    "custody",
  ],
  jobs: ["base", "queue"],
  sync: [
    "base",
    "disk",
    "process",
    "records",
    "gate",
    "transports",
    "queue",
    "jobs",
    "evidence",
    "sessions",
  ],
  custody: [
    "base",
    "disk",
    "evidence",
    "process",
    "config",
    "records",
    "gate",
    "transports",
    "queue",
    "jobs",
    "sync",
  ],
  learn: ["base", "config", "disk", "records", "gate", "intake", "custody", "presets"],
  export: ["base", "disk", "records"],
  trail: ["base", "disk", "evidence", "records", "transports", "queue", "jobs", "sync"],
  control: [
    "base",
    "sessions",
    "trail",
    "config",
    "records",
    "gate",
    "queue",
    "jobs",
    "intake",
    "staging",
    "sync",
    "custody",
  ],
  web: ["base", "records", "gate", "queue", "reports", "control", "fleet"],
  daemon: [
    "base",
    "fleet",
    "sessions",
    "trail",
    "disk",
    "evidence",
    "process",
    "config",
    "records",
    "gate",
    "transports",
    "queue",
    "reports",
    "intake",
    "staging",
    "sync",
    "custody",
    "control",
    "web",
  ],
  ship: [
    "base",
    "disk",
    "process",
    "gate",
    "records",
    "transports",
    "queue",
    "jobs",
    "intake",
    "sync",
    "daemon",
  ],
  doctor: ["base", "disk", "evidence", "process", "config", "records", "transports"],
  service: ["base", "disk", "process", "config"],
  cli: [
    "base",
    "fleet",
    "export",
    "disk",
    "evidence",
    "process",
    "presets",
    "config",
    "records",
    "gate",
    "transports",
    "queue",
    "reports",
    "intake",
    "staging",
    "sync",
    "custody",
    "learn",
    "control",
    "daemon",
    "doctor",
    "service",
    "ship",
  ],
};

/** Files of a room that others may import beside its `mod.ts`: the doors inside `base`, each of a kind. */
const OPEN_ROOMS = new Set(["base"]);
/** Concrete transports are named by the wiring alone. */
const WIRING_ONLY = /^lib\/transports\/(mount|rclone|rsync_ssh)\//;

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Every import between two files of ours, as paths below the project. */
export async function importsOf(entry: string, root: string): Promise<Arrow[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: root,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`deno info could not read the module graph of ${entry}`);
  const graph = JSON.parse(new TextDecoder().decode(stdout)) as Graph;
  const base = `file://${root}/`;
  const arrows: Arrow[] = [];
  for (const module of graph.modules) {
    if (!module.specifier.startsWith(base)) continue;
    for (const dependency of module.dependencies ?? []) {
      const to = dependency.code?.specifier ?? dependency.type?.specifier;
      if (to?.startsWith(base)) {
        arrows.push({ from: module.specifier.slice(base.length), to: to.slice(base.length) });
      }
    }
  }
  return arrows;
}

/** One sentence for each import that breaks the order. */
export function layerFaults(arrows: readonly Arrow[]): string[] {
  const faults: string[] = [];
  for (const { from, to } of arrows) {
    const fromRoom = roomOf(from);
    const toRoom = roomOf(to);
    if (toRoom === null || fromRoom === toRoom) continue;
    if (fromRoom === null) continue;
    if (!MAY_IMPORT[fromRoom]?.includes(toRoom)) {
      faults.push(`${from} imports ${to}: ${fromRoom} may not know ${toRoom}`);
    } else if (WIRING_ONLY.test(to)) {
      if (fromRoom !== "daemon") {
        faults.push(`${from} imports ${to}: only the wiring (daemon) names a transport`);
      }
    } else if (!OPEN_ROOMS.has(toRoom) && !to.endsWith("/mod.ts")) {
      faults.push(`${from} imports ${to}: other rooms go through lib/${toRoom}/mod.ts`);
    }
  }
  return faults;
}

/** One sentence for each import that is allowed and that nobody makes: leave for a thing of the past. */
export function unusedArrows(
  arrows: readonly Arrow[],
  mayImport: Readonly<Record<string, readonly string[]>> = MAY_IMPORT,
): string[] {
  const used = new Set(arrows.map(({ from, to }) => `${roomOf(from)} ${roomOf(to)}`));
  return Object.entries(mayImport).flatMap(([room, others]) =>
    others.filter((other) => !used.has(`${room} ${other}`)).map((other) =>
      `${room} may import ${other}, and nothing in it does`
    )
  );
}

function roomOf(path: string): string | null {
  return /^lib\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** The first circle of files, as `a → b → a`; null when there is none. */
export function firstCircle(arrows: readonly Arrow[]): string | null {
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (file: string, trail: string[]): string | null => {
    const seenAt = trail.indexOf(file);
    if (seenAt >= 0) return [...trail.slice(seenAt), file].join(" → ");
    if (done.has(file)) return null;
    for (const to of next.get(file) ?? []) {
      const circle = visit(to, [...trail, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return null;
}

if (import.meta.main) {
  const root = Deno.cwd();
  const arrows = await importsOf("main.ts", root);
  const circle = firstCircle(arrows);
  const faults = [
    ...layerFaults(arrows),
    ...unusedArrows(arrows),
    ...(circle ? [`imports go in a circle: ${circle}`] : []),
  ];
  for (const fault of faults) console.error(fault);
  console.log(`${arrows.length} imports, ${faults.length} faults`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
