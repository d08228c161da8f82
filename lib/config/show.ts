/** The effective configuration as YAML: what is in force, defaults included, nothing secret. */
import type { Effective } from "./check.ts";
import { HOOK_PLACEHOLDERS } from "./config.ts";

export async function showConfig(effective: Effective): Promise<string> {
  return await asYaml(withoutSecrets(effective));
}

/** Plain values as YAML, a key a line. */
export async function asYaml(value: object): Promise<string> {
  const { stringify } = await import("./yaml_text.ts");
  return stringify(value, { lineWidth: 0 });
}

/** The same as plain values, for `--json`. */
export function withoutSecrets(effective: Effective): Record<string, unknown> {
  const { hooks, ...rest } = effective;
  const shown = Object.entries(hooks).map(([event, command]) => [
    event,
    command?.map((argument, i) => i === 0 ? withoutLogin(argument) : hideArgument(argument)),
  ]);
  return { ...mapTexts(rest), hooks: Object.fromEntries(shown) };
}

const PLACEHOLDERS = new RegExp(`^(\\{(${HOOK_PLACEHOLDERS.join("|")})\\})+$`);

/** A webhook's address or token is an argument like any other: only placeholders are surely none. */
function hideArgument(argument: string): string {
  return PLACEHOLDERS.test(argument) ? argument : "***";
}

function mapTexts(value: object): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(value),
    (_key, inner) => typeof inner === "string" ? withoutLogin(inner) : inner,
  );
}

/** `smb://user:password@nas` without its password. */
function withoutLogin(text: string): string {
  return text.replace(/(\/\/[^/\s:@]+):[^/\s@]+@/g, "$1:***@");
}
