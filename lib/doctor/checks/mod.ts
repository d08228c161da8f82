/** All checks, in the order in which they are shown: from this computer outwards. */
import type { Check } from "../patient.ts";
import { CLOCK } from "./clock.ts";
import { CONFIGURATION } from "./configuration.ts";
import { DESCRIPTORS } from "./descriptors.ts";
import { DESTINATION } from "./destination.ts";
import { DISK } from "./disk.ts";
import { FILE_EVENTS } from "./file_events.ts";
import { LOCKS } from "./locks.ts";
import { OTHER_SERVICES } from "./other_services.ts";
import { PERMISSIONS } from "./permissions.ts";
import { REPLACING } from "./replacing.ts";
import { SCRUB } from "./scrub.ts";
import { SIGNING } from "./signing.ts";
import { SSH_KEYS } from "./ssh_keys.ts";
import { TOOLS } from "./tools.ts";
import { TWO_SENDERS } from "./two_senders.ts";

// deno-lint-ignore no-explicit-any -- each knows its own facts; nobody else looks at them
export const CHECKS: readonly Check<any>[] = [
  CONFIGURATION,
  PERMISSIONS,
  LOCKS,
  REPLACING,
  CLOCK,
  DISK,
  FILE_EVENTS,
  DESCRIPTORS,
  OTHER_SERVICES,
  TWO_SENDERS,
  SCRUB,
  SIGNING,
  TOOLS,
  SSH_KEYS,
  DESTINATION,
];
