/**
 * cli: the command line, one file a command, each loaded when it is asked for (a bare start must
 * stay quick on an old instrument PC). People's text goes to stdout, diagnostics to stderr; `--json`
 * gives one document. Exit codes are decided by one table, `base/codes.ts`.
 */
export { runCli } from "./run_cli.ts";
