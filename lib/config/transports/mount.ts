/** `type: mount`: a folder of this computer, usually a mounted share. */
import * as z from "zod";
import type { MountSettings } from "../config.ts";
import { localPath } from "../fields.ts";
import type { KeyPath } from "../problems.ts";
import { bandwidth } from "../schema_bandwidth.ts";
import { joinBelow, type Location, namesIn, type ResolveContext } from "./transport_config.ts";

const schema = z.strictObject({
  type: z.literal("mount"),
  path: localPath().optional()
    .describe("Folder of the mounted share that is the destination; `nas_root` when missing."),
  bandwidth,
});

/** The key a person has to change. */
const baseKey: KeyPath = ["transport", "path"];

function resolve(
  { path }: z.output<typeof schema>,
  { nasRoot, pathAt, complain, bandwidth }: ResolveContext,
): MountSettings | null {
  if (path !== undefined) {
    return { type: "mount", path: pathAt(["transport", "path"], path), bandwidth };
  }
  if (localPath().safeParse(nasRoot).success) {
    return { type: "mount", path: pathAt(["nas_root"], nasRoot), bandwidth };
  }
  complain(
    ["nas_root"],
    "must be an absolute folder, because it is the destination of transport mount",
  );
  return null;
}

function location({ path }: MountSettings, fold: (path: string) => string): Location {
  return { host: "local", names: namesIn(fold(path)) };
}

function below(settings: MountSettings, folder: string): MountSettings {
  return { ...settings, path: joinBelow(settings.path, folder) };
}

export const mount = { schema, resolve, location, below, baseKey };
