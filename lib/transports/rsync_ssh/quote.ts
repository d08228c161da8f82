/**
 * The two places where a word has to be quoted at all: the fixed command lines that sshd hands to
 * the account's shell, and rsync's own `-e` option, which rsync splits itself.
 */

/**
 * One word for the account's shell, whichever it is: nothing in it is expanded, split or ended.
 * Between apostrophes only the apostrophe is special to a POSIX shell, but `!` is to tcsh and the
 * backslash to fish; outside them, behind a backslash, all three are plain everywhere.
 */
export function quoteForShell(word: string): string {
  if (word.includes("\0")) throw new TypeError("a NUL cannot stand in a command line");
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
  return `'${word.replace(/['!\\]/g, "'\\$&'")}'`;
}

/** A whole command line. */
export function quoteCommand(words: readonly string[]): string {
  return words.map(quoteForShell).join(" ");
}

/**
 * The words of `rsync -e`: rsync splits at spaces and knows quotes, in which the quote itself is
 * doubled; it knows no backslash (rsync(1), `--rsh`).
 */
export function quoteForRsh(words: readonly string[]): string {
  return words.map((word) => {
    if (word !== "" && !/[\s'"]/.test(word)) return word;
    return `'${word.replaceAll("'", "''")}'`;
  }).join(" ");
}

/** An option of ssh whose value is a path: quoted for ssh's own parser, `%` not expanded. */
export function sshPathOption(name: string, path: string): string {
  return `${name}="${path.replaceAll("%", "%%")}"`;
}
