/**
 * What writes YAML, to be loaded when it is needed. By a file of our own: in the bundled program a
 * library of the older kind (CommonJS) that is itself imported at run time has no names but `default`.
 */
export { stringify } from "yaml";
