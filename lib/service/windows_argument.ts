/** An argument as CommandLineToArgvW takes it apart: quotes, and the backslashes before them, are escaped. */
export function windowsArgument(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text;
  const inner = text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1");
  return `"${inner}"`;
}
