/** The keys that manifests and records are signed with can be read: while one cannot, nothing is signed. */
import { counted } from "../../base/mod.ts";
import { readKeys, type SigningKey } from "../../evidence/mod.ts";
import { ok } from "../line.ts";
import type { Check } from "../patient.ts";

export const SIGNING: Check<readonly SigningKey[]> = {
  name: "signing keys",
  subjects: ({ statePath }) => [{
    about: null,
    gather: () => readKeys({ stateDir: statePath }),
  }],
  judge: (keys) => {
    const used = keys.filter(({ isRevoked }) => !isRevoked).map(({ validBefore }) => validBefore);
    const last = used.sort().at(-1);
    if (last === undefined) return [ok("none yet; one is made when the first run is proven")];
    return [ok(`${counted(keys.length, "key")}, the last valid until ${day(last)}`)];
  },
};

/** Of a time as `ssh-keygen` writes it. */
function day(time: string): string {
  return `${time.slice(0, 4)}-${time.slice(4, 6)}-${time.slice(6, 8)}`;
}
