/**
 * rules: one small pure function a rule. Each takes a name, a set of names or facts of a record
 * and gives a hit or null; none touches a disk, none throws, and each is linear in its input.
 */
export * from "./case_collision.ts";
export * from "./file_type.ts";
export * from "./front_matter.ts";
export * from "./illegal_character.ts";
export * from "./jinja_marker.ts";
export * from "./malformed_record.ts";
export * from "./mode_prefix.ts";
export * from "./orphan.ts";
export * from "./path_length.ts";
export * from "./placeholder.ts";
export * from "./project_name.ts";
export * from "./required_field.ts";
export * from "./reserved_name.ts";
export * from "./utf8_name.ts";
