/**
 * Whether a host is this very machine, by its name or address. A tunnel's near end looks so too; a
 * `Host` of the ssh configuration stands for another machine, whatever it leads to.
 */
import { hostname, networkInterfaces } from "node:os";

export function isThisMachine(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name)) return true;
  const own = hostname().toLowerCase();
  if (name === own || name === own.split(".")[0]) return true;
  return Object.values(networkInterfaces()).flat().some((each) =>
    each?.address.toLowerCase() === name
  );
}
