/** What the queue keeps of an error: its words and the file they are about, which a person must find. */
import { LabferryError, messageOf } from "../base/mod.ts";

export function messageWithPath(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof LabferryError) || error.path === undefined) return message;
  return message.includes(error.path) ? message : `${message} (${error.path})`;
}
