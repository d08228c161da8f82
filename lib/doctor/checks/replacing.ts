/**
 * Files that were just written can be replaced and removed at once. Where a virus scanner, an indexer
 * or a sync client opens each new file, they cannot: labferry tries again, and everything is slower.
 */
import { counted } from "../../base/mod.ts";
import { ok, type Said, warning } from "../line.ts";
import { type Check, localRoots } from "../patient.ts";

interface Facts {
  readonly refused: readonly { readonly message: string }[];
}

export const REPLACING: Check<Facts | null> = {
  name: "replacing",
  subjects: (patient) =>
    [patient.statePath, ...localRoots(patient)].map((folder) => ({
      about: folder,
      gather: async (signal) => {
        const { pool } = patient;
        const look = await pool.far({ kind: "look", root: folder, folder }, { signal });
        if (look === null) return null;
        if (await pool.far({ kind: "try_writing", folder }, { signal }) !== null) return null;
        return { refused: await pool.far({ kind: "try_replacing", folder }, { signal }) };
      },
    })),
  judge: (facts) => facts === null ? [] : [judge(facts)],
};

function judge({ refused }: Facts): Said {
  const [first] = refused;
  if (first === undefined) return ok("new files can be replaced and removed at once");
  return warning({
    code: "file_in_use",
    message: `${
      counted(refused.length, "kind")
    } of refusal while files were replaced: ${first.message}`,
    hint: "except this folder from the virus scanner, from indexing and from other sync programs",
  });
}
