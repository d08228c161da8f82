/** A program that waits inside mmap(2) for a share that hangs, with the lock on its memory held. */
import { startChild } from "./child_lines.ts";
import { type OddShare } from "./odd_share.ts";
import { procFile } from "./processes.ts";
import { until } from "./until.ts";

const PROGRAM = new URL("./stuck_in_mmap.py", import.meta.url).pathname;

/** Waits until it waits. At the end the share goes on first: before, nothing can even kill the program. */
export async function stuckProgram(
  share: OddShare,
): Promise<AsyncDisposable & { readonly pid: number }> {
  await using stack = new AsyncDisposableStack();
  const program = stack.use(startChild("/usr/bin/python3", [PROGRAM, share.join("mapped.dat")]));
  await program.said("mapped");
  stack.defer(share.on);
  share.hang();
  await program.tell("go on");
  const { pid } = program.child;
  await until(() => / D /.test(procFile(`${pid}`, "stat") ?? ""), {
    what: "the program to wait for its share",
  });
  const open = stack.move();
  return { pid, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
