/** Under which account this program runs. */
import { userInfo } from "node:os";

/** Its name; `uid-1234` where nobody names it: in a container, or while a directory server is away. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `uid-${Deno.uid()}`;
  }
}
