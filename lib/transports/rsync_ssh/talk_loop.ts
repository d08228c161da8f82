/**
 * What runs at the far end of a talk: one `sh` that reads requests line by line and answers each
 * between marks. A request is
 *
 *     <mark>                    random, and new for each: no output can hold it by chance
 *     body | none               whether the script has a standard input
 *     <number of arguments>
 *     <script>
 *     <argument>                one line each
 *     <piece of the input>…     with a body: lines that are not empty, then an empty one
 *
 * and its answer what the script prints, `\n<mark> <exit code>\n`, what it says on stderr, and
 * `\n<mark>\n`. Every byte beyond plain ASCII, the backslash and line ends travel as `printf %b`
 * knows them (`\0ooo`), so that no shell's `read` has to be trusted with them. `read` takes one byte
 * at a time, about a megabyte a second, and so never one too many: for small things only.
 */
import { encodeUtf8 } from "../../base/mod.ts";
import type { FarScript } from "./far_script.ts";

/** `take`: the next line, as it was meant, in `v`. The `x` keeps line ends at its end. */
const TAKE =
  'take() { IFS= read -r v || exit 0; case $v in *\\\\*) v=$(printf "%bx" "$v"); v=${v%x};; esac; };';

/** The pieces of the input; a script that has enough of it leaves the rest to be read past. */
const BODY =
  'body() { trap "" PIPE; while IFS= read -r v && [ -n "$v" ]; do printf %b "$v" 2>/dev/null; done; };';

const RUN = 'case $k in body) (body) | sh -c "$s" labferry "$@" 3>&-;;' +
  ' *) sh -c "$s" labferry "$@" </dev/null 3>&-;; esac';

/** `TMOUT` would end bash's `read`, and the talk with it, while a long push has nothing to say here. */
const TEXT = 'unset TMOUT; LC_ALL=C; export LC_ALL; printf "%s %s\\n" "$1" "$2"; exec 3>&1;' +
  ` ${TAKE} ${BODY} while take; do m=$v; take; k=$v; take; n=$v; take; s=$v; set --;` +
  ' while [ "$n" -gt 0 ]; do take; set -- "$@" "$v"; n=$((n-1)); done;' +
  ` e=$( { ${RUN}; } 2>&1 >&3 ); r=$?;` +
  ' printf "\\n%s %s\\n%s\\n%s\\n" "$m" "$r" "$e" "$m"; done';

/** Says `<mark> <word>` first: what comes before that is not from us. */
export function talkLoop(mark: string, word: string): FarScript {
  return { text: TEXT, args: [mark, word] };
}

/** One request, ready to be sent. */
export function encodeRequest(
  mark: string,
  { text, args, input }: FarScript & { readonly input?: Uint8Array | undefined },
): Uint8Array<ArrayBuffer> {
  const lines = [mark, input ? "body" : "none", String(args.length)];
  for (const word of [text, ...args]) lines.push(escape(encodeUtf8(word)));
  if (input) {
    for (let at = 0; at < input.length; at += PIECE_BYTES) {
      lines.push(escape(input.subarray(at, at + PIECE_BYTES)));
    }
    lines.push("");
  }
  return encodeUtf8(`${lines.join("\n")}\n`);
}

const PIECE_BYTES = 4096;

function escape(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += ESCAPED[byte]!;
  return text;
}

const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
  return isPlain ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, "0")}`;
});
