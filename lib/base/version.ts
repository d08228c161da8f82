/** The version, from the one place it is written: `deno.json`. `scripts/compile.ts` embeds it. */
import project from "../../deno.json" with { type: "json" };

export const VERSION: string = project.version;
