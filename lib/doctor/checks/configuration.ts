/** The configuration is there, has no fault, and names somebody to look after. */
import { counted, type LabferryError } from "../../base/mod.ts";
import { faultOf, ok, type Said, warning } from "../line.ts";
import type { Check, Patient } from "../patient.ts";

type Facts = Patient["loaded"];

export const CONFIGURATION: Check<Facts> = {
  name: "configuration",
  subjects: ({ loaded }) => [{ about: null, gather: () => Promise.resolve(loaded) }],
  judge,
};

function judge(loaded: Facts): readonly Said[] {
  if (!("config" in loaded)) return [faultOf(loaded as LabferryError, "labferry config init")];
  const { config, path, notices } = loaded;
  const count = config.equipment.length;
  const first = count > 0 ? ok(`${path}: ${counted(count, "instrument")}`) : warning({
    code: "config_invalid",
    message: `${path} names no instrument`,
    hint: "add one below `equipment`: `labferry config init` shows how",
  });
  return [
    first,
    ...notices.map((message) =>
      warning({ code: "config_invalid", message, hint: `see ${path}; docs/configure.md` })
    ),
  ];
}
