/**
 * The everyday check, `deno task ok`: format, lint, types, layers, what nothing reaches, positional
 * arguments, the docs' examples, tests. It stops at the first step that fails and says which.
 */
const STEPS: readonly (readonly [string, readonly string[]])[] = [
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["types", ["check", "main.ts", "scripts", "tests"]],
  ["layers", ["run", "-A", "scripts/checks/layers.ts"]],
  ["reach", ["run", "-A", "scripts/checks/reachable.ts"]],
  ["arguments", ["run", "-A", "scripts/checks/positional.ts"]],
  ["docs", ["run", "-A", "scripts/checks/docs.ts"]],
  ["tests", ["run", "-A", "scripts/test.ts"]],
];

for (const [name, args] of STEPS) {
  console.log(`\n== ${name}`);
  const step = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "null" }).spawn();
  const { success } = await step.status;
  if (!success) {
    console.error(`\nnot ok: ${name} (deno ${args.join(" ")})`);
    Deno.exit(1);
  }
}
console.log("\nok");
