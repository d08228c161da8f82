/** The remote control of an rclone (https://rclone.org/rc/): who may use it, and where it listens. */

/** `--rc` or `rcd` come before. 1.60 knows no unix socket. */
export const RC_FLAGS = [
  "--rc-addr=127.0.0.1:0",
  // Whatever the environment says: nothing is served but answers to who has the password.
  "--rc-no-auth=false",
  "--rc-web-gui=false",
  "--rc-serve=false",
  "--rc-files=",
  "--rc-htpasswd=",
] as const;

export interface RcLogin {
  readonly user: string;
  readonly password: string;
}

/** Made anew for each rclone, and handed over in its environment. */
export function newLogin(): RcLogin {
  const password = crypto.getRandomValues(new Uint8Array(32)).toHex();
  return { user: "labferry", password };
}

/** The port, where a line of its log says it; else null. */
export function portIn(text: string): number | null {
  const port = /^Serving remote control on http:\/\/127\.0\.0\.1:(\d+)\/$/.exec(text)?.[1];
  return port === undefined ? null : Number(port);
}
