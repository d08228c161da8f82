/**
 * Locks keep two writers apart: where the state is, where records are written, and at a mounted NAS,
 * where labferry itself needs none, but other programs do that work on the same tree.
 */
import type { LockTrial } from "../../disk/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";
import { type Check, configIn, localRoots, type Patient, type Subject } from "../patient.ts";

interface Facts {
  readonly trial: LockTrial;
  readonly isFar: boolean;
}

export const LOCKS: Check<Facts | null> = {
  name: "locks",
  subjects: (patient) => {
    const here = [patient.statePath, ...localRoots(patient)];
    return [
      ...here.map((folder) => subject(folder, { patient, isFar: false })),
      ...(patient.probes ? mounted(patient) : [])
        .map((folder) => subject(folder, { patient, isFar: true })),
    ];
  },
  judge: (facts) => facts === null ? [] : [judge(facts)],
};

function mounted(patient: Patient): string[] {
  const paths = configIn(patient)?.equipment.flatMap(({ transport }) =>
    transport.type === "mount" ? [transport.path] : []
  );
  return [...new Set(paths)];
}

function subject(
  folder: string,
  { patient, isFar }: { readonly patient: Patient; readonly isFar: boolean },
): Subject<Facts | null> {
  return {
    about: folder,
    gather: async (signal) => {
      const { pool } = patient;
      // What is not there, or not to be written to, is another check's.
      const look = await pool.far({ kind: "look", root: folder, folder }, { signal });
      if (look === null) return null;
      if (await pool.far({ kind: "try_writing", folder }, { signal }) !== null) return null;
      return { isFar, trial: await pool.far({ kind: "try_locks", folder }, { signal }) };
    },
  };
}

function judge({ trial, isFar }: Facts): Said {
  if (trial === "excludes") return ok("file locks keep a second program out");
  const what = trial === "no_locks" ? "has no file locks" : "lets two programs hold one lock";
  if (isFar) {
    return warning({
      code: "no_locks",
      message: `the share ${what}; labferry needs none there`,
      hint: "let no second computer work on these runs; NFS: lockd, SMB: mount without nobrl",
    });
  }
  return fault({
    code: "no_locks",
    message: `the file system ${what}: two programs could undo each other's records`,
    hint: "put the folder on a local disk, or mount it with locks (NFS: lockd; SMB: without nobrl)",
  });
}
