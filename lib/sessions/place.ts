/** Where a part of a session lies at a base. */

/** Far folder below the base. */
export function sessionFolder(id: string): string {
  return `${SESSIONS_DIR}/${id}`;
}

export const SESSIONS_DIR = ".labferry-fleet/sessions";
