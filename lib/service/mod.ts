/**
 * service: how an operating system starts labferry by itself, keeps it alive and stops it: the files
 * that say so, as text made from a few settings by pure functions, and the commands that make a
 * manager know them.
 *
 * Invariants. What `print` shows is what `install` writes, byte for byte. Installing again changes
 * nothing but what is different. Uninstalling takes away these files alone: configuration, state and
 * data stay. A file under one of these names that labferry did not write is never replaced.
 *
 * Terms. *Kind*: systemd, launchd or windows. *Scope*: the computer's own service, or one account's.
 * *Plan*: the files and commands of a kind.
 */
export { installService, serviceStanding, uninstallService } from "./manage.ts";
export { type ServicePlan, servicePlan } from "./plan.ts";
export { type Kind, kindOf, KINDS, type Scope, type ServiceSettings } from "./settings.ts";
export { systemdVersion } from "./systemd_version.ts";
