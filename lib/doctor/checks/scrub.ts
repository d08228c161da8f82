/** What the scrub reads, and whether a round of it ends in its time (`rules.md` 21). */
import { formatBytes } from "../../base/mod.ts";
import { ok, type Said, warning } from "../line.ts";
import { type Check, configIn } from "../patient.ts";

interface Facts {
  readonly provenBytes: number;
  readonly scrub: "off" | "provider" | "full";
  readonly scrubDays: number;
  readonly scrubMaxGibPerDay: number | null;
}

const GIB = 1024 ** 3;

export const SCRUB: Check<Facts | null> = {
  name: "scrub",
  subjects: (patient) => {
    const config = configIn(patient);
    if (config === null) return [];
    const { scrub, scrubDays, scrubMaxGibPerDay } = config.verify;
    return [{
      about: null,
      gather: async () => {
        const provenBytes = await patient.provenBytes();
        return provenBytes === null ? null : { provenBytes, scrub, scrubDays, scrubMaxGibPerDay };
      },
    }];
  },
  judge: (facts) => facts === null ? [] : [judge(facts)],
};

function judge({ provenBytes, scrub, scrubDays, scrubMaxGibPerDay }: Facts): Said {
  if (scrub === "off") return ok("proven runs are not read again (`verify.scrub: off`)");
  const daily = provenBytes / scrubDays;
  const whole =
    `${formatBytes(provenBytes)} are proven and read again once in ${scrubDays} days, ` +
    `${formatBytes(Math.ceil(daily))} a day (a store that bills what is read bills that)`;
  if (scrubMaxGibPerDay === null || daily <= scrubMaxGibPerDay * GIB) return ok(whole);
  const days = Math.ceil(provenBytes / (scrubMaxGibPerDay * GIB));
  return warning({
    code: "scrub_too_slow",
    message: `${whole}; with ${scrubMaxGibPerDay} GiB a day one round takes ${days} days`,
    hint: "raise verify.scrub_max_gib_per_day, or verify.scrub_days if that is what you want",
  });
}
