/** Tools that flood: what is listened to is bounded, and what it costs is counted, not timed. */
import assert from "node:assert/strict";
import { StderrSink } from "../../lib/process/output.ts";
import { runTool } from "../../lib/process/mod.ts";
import { TalkBudget } from "../../lib/process/talk_budget.ts";
import { HandClock } from "../support/hand_clock.ts";
import { testWith } from "../support/needs.ts";

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;

/** 200 MiB, said in pieces as they come from a pipe. */
function flood(sink: StderrSink, piece: Uint8Array): void {
  for (let said = 0; said < 200 * MIB; said += piece.length) sink.take(piece);
}

Deno.test("StderrSink hears the beginning and the end of a flood of lines, and no more", () => {
  let heard = 0;
  let last = "";
  const onLine = (line: string) => {
    heard += line.length + 1;
    last = line;
  };
  const sink = new StderrSink(onLine, new TalkBudget(new HandClock()));
  flood(sink, new TextEncoder().encode("the same old story\n".repeat(3_000)));
  sink.take(new TextEncoder().encode("its last words\n"));
  sink.end();
  assert.ok(heard > 15 * MIB && heard < 17 * MIB, `${heard} characters were heard`);
  assert.ok(sink.bytesUnheard > 180 * MIB);
  assert.equal(last, "its last words");
  assert.ok(sink.tail.endsWith("the same old story\nits last words"));
  assert.ok(sink.tail.length <= 8 * 1024);
});

Deno.test("StderrSink keeps little of one line without an end", () => {
  const lines: string[] = [];
  const sink = new StderrSink((line) => lines.push(line), new TalkBudget(new HandClock()));
  flood(sink, new Uint8Array(CHUNK).fill(0x61));
  sink.end();
  assert.deepEqual(lines.map((line) => line.length), [MIB, 8 * 1024]);
  assert.ok(sink.tail.length <= 8 * 1024);
});

Deno.test("StderrSink hears again when a tool has calmed down", () => {
  const clock = new HandClock();
  const lines: string[] = [];
  const sink = new StderrSink((line) => lines.push(line), new TalkBudget(clock));
  flood(sink, new Uint8Array(CHUNK).fill(0x61));
  clock.turn(10_000);
  sink.take(new TextEncoder().encode("\ncalm\n"));
  assert.equal(lines.at(-1), "calm");
});

testWith(["linux"], "runTool outlives a tool that floods, in bounded memory", async () => {
  let heard = 0;
  const before = Deno.memoryUsage().rss;
  let most = before;
  const outcome = await runTool({
    command: "sh",
    args: ["-c", "yes 'rsync: a line of trouble' | head -c 300000000 >&2; exit 23"],
    onStderrLine: (line) => {
      heard += line.length;
      if (heard % 1_000 === 0) most = Math.max(most, Deno.memoryUsage().rss);
    },
  });
  assert.ok(outcome.kind === "exited");
  assert.equal(outcome.code, 23);
  assert.ok(outcome.stderrUnheardBytes > 200_000_000, `${outcome.stderrUnheardBytes} unheard`);
  assert.match(outcome.stderrTail, /a line of trouble/);
  most = Math.max(most, Deno.memoryUsage().rss);
  assert.ok(most - before < 200 * MIB, `${(most - before) / MIB} MiB more`);
});
