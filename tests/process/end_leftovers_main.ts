/** Ends the leftovers of the token it is given, in a process of its own, and says what became of it. */
import { endLeftovers, programsNow } from "../../lib/process/mod.ts";

const outcome = await endLeftovers(Deno.args[0]!, { graceMs: 200 });
const { names } = await programsNow();
console.log(JSON.stringify({ ...outcome, sawPrograms: names !== null && names.length > 0 }));
// As the program does: a look that never ends keeps nobody here.
Deno.exit(0);
