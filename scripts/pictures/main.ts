/**
 * `deno task pictures [--into DIR]` (default: `dist/pictures`): the pages as pictures, of a make-believe
 * lab with twelve weeks behind it. Needs Chromium, and Linux: the lab lies at paths that a lab would have
 * (`/srv/data`, `/mnt/nas/lab`) and answers at the usual port, which this process alone sees: file systems
 * and a network of its own, that go with it. A labferry that serves on this computer is not in the way.
 */
import { parseArgs } from "node:util";
import { startChromium } from "../../tests/support/chromium.ts";
import { openPictureLab } from "./lab.ts";
import { SCENES } from "./scenes.ts";

const OWN_TREE = "LABFERRY_PICTURES_INSIDE";

const { values } = parseArgs({
  args: Deno.args,
  options: { into: { type: "string", default: "dist/pictures" } },
});

if (Deno.env.get(OWN_TREE)) await draw(values.into);
else Deno.exit(await inOwnTree());

/** Runs this script again where it may put file systems of its own over /srv and /mnt, and is alone. */
async function inOwnTree(): Promise<number> {
  const script = [
    "ip link set lo up",
    "mount -t tmpfs -o size=4T tmpfs /srv",
    "mount -t tmpfs -o size=60T tmpfs /mnt",
    'exec "$@"',
  ].join(" && ");
  const child = new Deno.Command("unshare", {
    args: [
      ...["--user", "--map-root-user", "--mount", "--net", "sh", "-c", script, "pictures"],
      ...[Deno.execPath(), "run", "-A", "--quiet", import.meta.url, ...Deno.args],
    ],
    env: { [OWN_TREE]: "1" },
    stdin: "null",
  }).spawn();
  return (await child.status).code;
}

async function draw(into: string): Promise<void> {
  await Deno.mkdir(into, { recursive: true });
  await using lab = await openPictureLab();
  await using browser = await startChromium();
  for (const scene of SCENES) {
    await scene.set?.(lab);
    for (const { name, path, ready, ...view } of scene.pictures) {
      const link = `${lab.service.url}open/${lab.service.sessions.createLink()}`;
      await using page = await browser.open(link, view);
      await page.until("document.documentElement?.dataset.rights === 'change'");
      await page.goto(new URL(await path(lab), lab.service.url).href);
      await page.until(`document.getElementById('link')?.textContent === 'live' && ${ready}`);
      const bytes = await page.picture();
      await Deno.writeFile(`${into}/${name}.png`, bytes);
      console.log(`${name}: ${Math.round(bytes.length / 1_000)} kB`);
    }
  }
}
