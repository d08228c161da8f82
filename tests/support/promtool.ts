/** `promtool check metrics`: what Prometheus itself has to say of a text. */

export interface PromtoolSaid {
  readonly code: number;
  readonly said: string;
}

export async function promtool(text: string): Promise<PromtoolSaid> {
  const child = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** One line for each thing that is wrong; the missing HELP lines of a heartbeat are ours by choice. */
export async function lintsOf(text: string): Promise<string[]> {
  const { said } = await promtool(text);
  return said.split("\n").filter((line) => line !== "" && !/^\w+ no help text$/.test(line));
}
