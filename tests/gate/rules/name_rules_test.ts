import assert from "node:assert/strict";
import {
  illegalCharacter,
  invalidUtf8Name,
  leftoverJinjaMarker,
  pathTooLong,
  reservedName,
  unresolvedPlaceholder,
  unsupportedFileType,
  utf8Length,
} from "../../../lib/gate/rules/mod.ts";

const POSIX = { windowsNames: false };

Deno.test("unresolvedPlaceholder finds <identifier> anywhere in a name", () => {
  for (const name of ["<run_date>", "a_<x>.tif", "<_>", "<größe>", "<a1>", "<<sample>>"]) {
    const hit = unresolvedPlaceholder(name);
    assert.equal(hit?.rule, "unresolved_placeholder_token", name);
    assert.equal(hit.tier, "hard");
    assert.ok(name.includes(hit.token), name);
  }
  assert.equal(unresolvedPlaceholder("a_<x>_<y>.tif")?.token, "<x>");
  assert.match(unresolvedPlaceholder("a_<x>_<y>.tif")!.detail, /"<x>", "<y>"/);
});

Deno.test("unresolvedPlaceholder leaves lone brackets and amounts alone", () => {
  for (
    const name of ["<", ">", "<>", "<2 mM>", "a<b", "b>a", "<1st>", "< x>", "<x >", "<a-b>", ""]
  ) {
    assert.equal(unresolvedPlaceholder(name), null, name);
  }
});

Deno.test("leftoverJinjaMarker finds expressions and statements", () => {
  for (const name of ["{{ project }}", "{{x}}.tif", "a{% if b %}c", "{{ {{ a }}", "{{{ a }}}"]) {
    const hit = leftoverJinjaMarker(name);
    assert.equal(hit?.rule, "leftover_jinja_marker", name);
    assert.ok(name.includes(hit.token), name);
  }
  assert.equal(leftoverJinjaMarker("{{ {{ a }}")?.token, "{{ a }}");
});

Deno.test("leftoverJinjaMarker leaves braces of other kinds alone", () => {
  for (const name of ["{braces}", "{{", "}}", "}} {{", "{{}}", "{{ }}", "{%", "{ {a} }", "100%}"]) {
    assert.equal(leftoverJinjaMarker(name), null, name);
  }
});

Deno.test("illegalCharacter finds control characters, the table's six, and trailing dot or space", () => {
  const bad = ["a\0b", "new\nline", "tab\there", "del\x7f", "c1\x85", "a:b", 'q"d', "b\\c", "p|q"];
  for (const name of [...bad, "what?", "a*b", "dot.", "space ", " ", "..."]) {
    const hit = illegalCharacter(name, POSIX);
    assert.equal(hit?.rule, "illegal_filesystem_character", JSON.stringify(name));
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
    assert.equal(illegalCharacter(name, POSIX), null, name);
  }
});

Deno.test("illegalCharacter takes a lone bracket for a fault only with windowsNames", () => {
  assert.equal(illegalCharacter("a<b", { windowsNames: true })?.token, "<");
  assert.equal(illegalCharacter("<2 mM>", { windowsNames: true })?.token, "<");
  // The brackets of a placeholder are the placeholder rule's.
  assert.equal(illegalCharacter("<sample>", { windowsNames: true }), null);
});

Deno.test("reservedName finds device names in any case, with or without extension", () => {
  for (const name of ["con", "CON", "Con.txt", "nul.tar.gz", "aux", "PRN.", "com1", "LPT9.log"]) {
    const hit = reservedName(name);
    assert.equal(hit?.rule, "reserved_filesystem_name", name);
    assert.ok(name.includes(hit.token), name);
  }
  assert.equal(reservedName("nul .txt")?.token, "nul");
  assert.equal(reservedName("COM¹")?.token, "COM¹");
});

Deno.test("reservedName leaves names that only begin like a device alone", () => {
  const fine = ["CONFOCAL", "CONFOCAL_01", "console.log", "con_1", "com", "com10", "com0", "lpt"];
  for (const name of [...fine, "auxiliary", "a.con", "nul-1", "null", "prnt"]) {
    assert.equal(reservedName(name), null, name);
  }
});

Deno.test("pathTooLong counts bytes, not characters, and allows the limit itself", () => {
  const limits = { maxPath: 4096 };
  assert.equal(pathTooLong({ name: "a".repeat(255), pathBytes: 300 }, limits), null);
  assert.equal(
    pathTooLong({ name: "a".repeat(256), pathBytes: 300 }, limits)?.rule,
    "path_too_long",
  );
  assert.equal(pathTooLong({ name: "ä".repeat(127), pathBytes: 300 }, limits), null);
  assert.match(pathTooLong({ name: "ä".repeat(128), pathBytes: 300 }, limits)!.detail, /256 bytes/);
  assert.equal(pathTooLong({ name: "f", pathBytes: 4096 }, limits), null);
  const long = pathTooLong({ name: "f", pathBytes: 4097 }, limits);
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
  const link = { name: "latest", kind: "symlink" } as const;
  assert.equal(unsupportedFileType(link, { symlinks: "block" }).tier, "hard");
  assert.equal(unsupportedFileType(link, { symlinks: "skip" }).tier, "soft");
  const pipe = { name: "pipe", kind: "fifo" } as const;
  assert.equal(unsupportedFileType(pipe, { symlinks: "skip" }).tier, "hard");
});

Deno.test("invalidUtf8Name names what the runtime could show", () => {
  assert.equal(invalidUtf8Name("a\uFFFD").token, "a\uFFFD");
});
