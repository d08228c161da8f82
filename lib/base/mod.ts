/**
 * base: what every room stands on and nothing of ours below it. Errors with stable codes, the clock
 * as a door, bytes and their order, ids. (JSON and the log have their own files: `json.ts`, `log.ts`.)
 */
export * from "./account.ts";
export * from "./at_most_every.ts";
export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./codes.ts";
export * from "./counted.ts";
export * from "./errors.ts";
export * from "./exit.ts";
export * from "./fold_name.ts";
export * from "./ids.ts";
export * from "./nested_paths.ts";
export * from "./service.ts";
export * from "./look_up.ts";
export * from "./sort_in_turns.ts";
export * from "./strength.ts";
export * from "./turn.ts";
export * from "./uptime.ts";
export * from "./version.ts";
export * from "./wake.ts";
