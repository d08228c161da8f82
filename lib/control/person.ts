/** Who asks: the account under which the asking program runs. */
import { userInfo } from "node:os";

export function person(): string {
  return userInfo().username;
}
