/** Debian's node_exporter with nothing but its textfile collector, as sites run it on a NAS. */
import { freePort } from "./free_port.ts";
import { until } from "./until.ts";

export interface TextfileCollector extends AsyncDisposable {
  /** What it exposes now, our series and what it says of the files. */
  scrape(): Promise<string>;
}

/** @param folders as for `--collector.textfile.directory`; globs work */
export async function textfileCollector(folders: string): Promise<TextfileCollector> {
  const port = freePort();
  const child = new Deno.Command("prometheus-node-exporter", {
    args: [
      `--web.listen-address=127.0.0.1:${port}`,
      "--collector.disable-defaults",
      "--collector.textfile",
      `--collector.textfile.directory=${folders}`,
      "--web.disable-exporter-metrics",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const scrape = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const answers = async () => {
    try {
      return (await scrape()).length > 0;
    } catch (error) {
      if (error instanceof TypeError) return false; // nobody listens yet
      throw error;
    }
  };
  await until(answers, { what: "node_exporter" });
  return {
    scrape,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
