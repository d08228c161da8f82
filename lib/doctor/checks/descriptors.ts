/** How many files, connections and pipes the service may have open at a time. */
import { fault, ok, type Said, warning } from "../line.ts";
import type { Check } from "../patient.ts";
import { procText } from "../proc_text.ts";

/** The runtime raises its own limit as far as the hard one lets it. Null where it is not told. */
type Facts = { readonly most: number | null };

/** Threads, the database, three pipes a tool and two parallel transfers, the page: some 100. */
const TOO_FEW = 256;
/** With the page open at a few desks and many instruments. */
const ENOUGH = 1024;

export const DESCRIPTORS: Check<Facts> = {
  name: "open files",
  subjects: () => [{ about: null, gather }],
  judge: (facts) => [judge(facts)],
};

async function gather(signal: AbortSignal): Promise<Facts> {
  if (Deno.build.os !== "linux") return { most: null };
  const limits = await procText("/proc/self/limits", signal);
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits ?? "")?.[1];
  return { most: hard === undefined || hard === "unlimited" ? null : Number(hard) };
}

function judge({ most }: Facts): Said {
  if (most === null) return ok("this system sets or tells no limit");
  const message = `${most} files may be open at a time`;
  const hint = "LimitNOFILE=65536 in the service, or `ulimit -Hn 65536`";
  if (most < TOO_FEW) return fault({ code: "descriptors_few", message, hint });
  return most < ENOUGH ? warning({ code: "descriptors_few", message, hint }) : ok(message);
}
