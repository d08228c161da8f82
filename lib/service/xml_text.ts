/** Text as XML has it, in an element or an attribute; what XML cannot hold was refused before. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

export function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}
