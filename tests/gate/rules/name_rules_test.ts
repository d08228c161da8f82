import assert from "node:assert/strict";
import { unsupportedFileType } from "../../../lib/gate/rules/file_type.ts";
import { illegalCharacter } from "../../../lib/gate/rules/illegal_character.ts";
import { leftoverJinjaMarker } from "../../../lib/gate/rules/jinja_marker.ts";
import { pathTooLong } from "../../../lib/gate/rules/path_length.ts";
import { unresolvedPlaceholder } from "../../../lib/gate/rules/placeholder.ts";
import { reservedName } from "../../../lib/gate/rules/reserved_name.ts";
import type { Fault, GateRule, SpecialKind } from "../../../lib/gate/rules/rule.ts";
import { invalidUtf8Name } from "../../../lib/gate/rules/utf8_name.ts";
import { DEFAULT_GATE_SETTINGS } from "../../../lib/gate/settings.ts";
import { utf8Length } from "../../../lib/gate/utf8_length.ts";

const POSIX = { ...DEFAULT_GATE_SETTINGS, windowsNames: false };
const WINDOWS = { ...DEFAULT_GATE_SETTINGS, windowsNames: true };

/** What a rule about names says of one. */
function faultOf(rule: GateRule, name: string, settings = POSIX): Fault | null {
  return rule.judges.name!.judge(name, settings);
}

Deno.test("unresolvedPlaceholder finds <identifier> anywhere in a name", () => {
  for (const name of ["<run_date>", "a_<x>.tif", "<_>", "<größe>", "<a1>", "<<sample>>"]) {
    const hit = faultOf(unresolvedPlaceholder, name);
    assert.equal(hit?.tier, "hard", name);
    assert.ok(name.includes(hit.token), name);
  }
  assert.equal(faultOf(unresolvedPlaceholder, "a_<x>_<y>.tif")?.token, "<x>");
  assert.match(faultOf(unresolvedPlaceholder, "a_<x>_<y>.tif")!.detail, /"<x>", "<y>"/);
});

Deno.test("unresolvedPlaceholder leaves lone brackets and amounts alone", () => {
  for (
    const name of ["<", ">", "<>", "<2 mM>", "a<b", "b>a", "<1st>", "< x>", "<x >", "<a-b>", ""]
  ) {
    assert.equal(faultOf(unresolvedPlaceholder, name), null, name);
  }
});

Deno.test("leftoverJinjaMarker finds expressions and statements", () => {
  for (const name of ["{{ project }}", "{{x}}.tif", "a{% if b %}c", "{{ {{ a }}", "{{{ a }}}"]) {
    const hit = faultOf(leftoverJinjaMarker, name);
    assert.equal(hit?.tier, "hard", name);
    assert.ok(name.includes(hit.token), name);
  }
  assert.equal(faultOf(leftoverJinjaMarker, "{{ {{ a }}")?.token, "{{ a }}");
});

Deno.test("leftoverJinjaMarker leaves braces of other kinds alone", () => {
  for (const name of ["{braces}", "{{", "}}", "}} {{", "{{}}", "{{ }}", "{%", "{ {a} }", "100%}"]) {
    assert.equal(faultOf(leftoverJinjaMarker, name), null, name);
  }
});

Deno.test("illegalCharacter finds control characters, the table's six, and trailing dot or space", () => {
  const bad = ["a\0b", "new\nline", "tab\there", "del\x7f", "c1\x85", "a:b", 'q"d', "b\\c", "p|q"];
  for (const name of [...bad, "what?", "a*b", "dot.", "space ", " ", "..."]) {
    const hit = faultOf(illegalCharacter, name, POSIX);
    assert.equal(hit?.tier, "hard", JSON.stringify(name));
    assert.ok(name.includes(hit.token), JSON.stringify(name));
  }
});

Deno.test("illegalCharacter leaves unusual but harmless names alone", () => {
  const fine = [
    "plain.txt",
    " leading",
    "..hidden",
    "umläut",
    "日本語",
    "😀",
    "a'b",
    "[x]",
    "#;~`$",
  ];
  for (const name of [...fine, "a.b.c", "--help", "<", "a<b>c", "<2 mM>", "%PATH%", "a b"]) {
    assert.equal(faultOf(illegalCharacter, name, POSIX), null, name);
  }
});

Deno.test("illegalCharacter takes a lone bracket for a fault only with windowsNames", () => {
  assert.equal(faultOf(illegalCharacter, "a<b", WINDOWS)?.token, "<");
  assert.equal(faultOf(illegalCharacter, "<2 mM>", WINDOWS)?.token, "<");
  // The brackets of a placeholder are the placeholder rule's.
  assert.equal(faultOf(illegalCharacter, "<sample>", WINDOWS), null);
});

Deno.test("reservedName finds device names in any case, with or without extension", () => {
  for (const name of ["con", "CON", "Con.txt", "nul.tar.gz", "aux", "PRN.", "com1", "LPT9.log"]) {
    const hit = faultOf(reservedName, name);
    assert.equal(hit?.tier, "hard", name);
    assert.ok(name.includes(hit.token), name);
  }
  assert.equal(faultOf(reservedName, "nul .txt")?.token, "nul");
  assert.equal(faultOf(reservedName, "COM¹")?.token, "COM¹");
});

Deno.test("reservedName leaves names that only begin like a device alone", () => {
  const fine = ["CONFOCAL", "CONFOCAL_01", "console.log", "con_1", "com", "com10", "com0", "lpt"];
  for (const name of [...fine, "auxiliary", "a.con", "nul-1", "null", "prnt"]) {
    assert.equal(faultOf(reservedName, name), null, name);
  }
});

Deno.test("pathTooLong counts bytes, not characters, and allows the limit itself", () => {
  const fault = (name: string, pathBytes: number) => {
    const path = { name, nameBytes: utf8Length(name), pathBytes };
    return pathTooLong.judges.path(path, { ...POSIX, maxPath: 4096 });
  };
  assert.equal(fault("a".repeat(255), 300), null);
  assert.match(fault("a".repeat(256), 300)!.detail, /^the name has 256 bytes/);
  assert.equal(fault("ä".repeat(127), 300), null);
  assert.match(fault("ä".repeat(128), 300)!.detail, /256 bytes/);
  assert.equal(fault("f", 4096), null);
  const long = fault("f", 4097);
  assert.equal(long?.tier, "soft");
  assert.equal(long.token, "f");
});

Deno.test("utf8Length agrees with the encoder", () => {
  for (
    const text of ["", "abc", "äöü", "日本語", "😀", "a😀b", "\ud800", "\udc00x", "\ud800\ud800"]
  ) {
    assert.equal(utf8Length(text), new TextEncoder().encode(text).length, JSON.stringify(text));
  }
});

Deno.test("unsupportedFileType is hard, but soft for links that the settings skip", () => {
  const tier = (kind: SpecialKind, symlinks: "block" | "skip") =>
    unsupportedFileType.judges.special({ name: "latest", kind }, { ...POSIX, symlinks })!.tier;
  assert.equal(tier("symlink", "block"), "hard");
  assert.equal(tier("symlink", "skip"), "soft");
  assert.equal(tier("fifo", "skip"), "hard");
});

Deno.test("invalidUtf8Name names what the runtime could show", () => {
  assert.equal(invalidUtf8Name.judges.garbled("a\uFFFD")!.token, "a\uFFFD");
});
