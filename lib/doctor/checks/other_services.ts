/** No other labferry looks after the same runs: this one would stay away from them. */
import { faultOf, ok } from "../line.ts";
import type { LabferryError } from "../../base/mod.ts";
import { type Check, configIn } from "../patient.ts";

export const OTHER_SERVICES: Check<LabferryError | null> = {
  name: "other labferry",
  subjects: (patient) => {
    const own = (configIn(patient)?.equipment ?? []).filter(({ pull }) => pull === null);
    return own.map(({ id }) => ({ about: id, gather: () => patient.whoElseLooksAfter(id) }));
  },
  judge: (found) => [
    found === null
      ? ok("none looks after these runs")
      : faultOf(found, "see which labferry is to look after these runs"),
  ],
};
