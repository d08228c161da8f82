/** What the pictures show: one state of the lab after the other, and the pages that are drawn in it. */
import { join } from "node:path";
import type { PictureLab } from "./lab.ts";

export interface Picture {
  readonly name: string;
  readonly path: (lab: PictureLab) => string | Promise<string>;
  /** True in the page when there is to be seen what the picture is of. */
  readonly ready: string;
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

export interface Scene {
  readonly set?: (lab: PictureLab) => Promise<void>;
  readonly pictures: readonly Picture[];
}

const WIDE = { width: 1100, height: 860 };
const PHONE = { width: 390, height: 844 };
const at = (path: string) => () => path;
const tone = (one: string) => `document.querySelector('.answer')?.dataset.tone === '${one}'`;
const IS_DRAWN = "document.querySelector('main h1')";

const made = { sent: "", held: "", confocal: "" };

export const SCENES: readonly Scene[] = [
  {
    async set(lab) {
      made.sent = await lab.untilIs(await lab.write("FLOW_01", 1), "verified");
    },
    pictures: [
      { name: "safe-light", path: at("/"), ready: tone("safe"), ...WIDE },
      { name: "safe-phone", path: at("/"), ready: tone("safe"), ...PHONE, dark: true },
      { name: "run-light", path: () => `/runs/${made.sent}`, ready: IS_DRAWN, ...WIDE },
      { name: "files-light", path: () => `/runs/${made.sent}/files`, ready: IS_DRAWN, ...WIDE },
      { name: "storage-light", path: at("/storage"), ready: IS_DRAWN, ...WIDE },
      { name: "storage-phone", path: at("/storage"), ready: IS_DRAWN, ...PHONE },
      { name: "activity-light", path: at("/activity"), ready: IS_DRAWN, ...WIDE },
      { name: "activity-phone", path: at("/activity"), ready: IS_DRAWN, ...PHONE, dark: true },
      { name: "reports-light", path: at("/reports"), ready: IS_DRAWN, ...WIDE },
      { name: "report-dark", path: report, ready: IS_DRAWN, ...WIDE, dark: true },
      { name: "settings-light", path: at("/settings"), ready: IS_DRAWN, ...WIDE },
    ],
  },
  {
    async set(lab) {
      const confocal = await lab.write("CONFOCAL_01", 0);
      await lab.write("FLOW_01", 0, { restMs: 4_000 });
      made.confocal = await lab.untilIs(confocal, "running");
    },
    pictures: [
      { name: "home-light", path: at("/"), ready: isSending(), ...WIDE },
      { name: "home-dark", path: at("/"), ready: isSending(), ...WIDE, dark: true },
      { name: "home-phone", path: at("/"), ready: isSending(), ...PHONE },
      {
        name: "sending-dark",
        path: () => `/runs/${made.confocal}`,
        ready: IS_DRAWN,
        ...WIDE,
        dark: true,
      },
    ],
  },
  {
    async set(lab) {
      const plate = await lab.write("PLATE_01", 0);
      await Deno.writeTextFile(join(plate, "con.csv"), "well,value\n");
      await Deno.writeTextFile(join(plate, "plate <1>.csv"), "well,value\n");
      made.held = await lab.untilIs(plate, "gate");
    },
    pictures: [
      { name: "needs-light", path: at("/"), ready: tone("bad"), ...WIDE },
      { name: "problems-light", path: at("/problems"), ready: IS_DRAWN, ...WIDE },
      { name: "problems-dark", path: at("/problems"), ready: IS_DRAWN, ...WIDE, dark: true },
      { name: "held-light", path: () => `/runs/${made.held}`, ready: IS_DRAWN, ...WIDE },
      { name: "held-phone", path: () => `/runs/${made.held}`, ready: IS_DRAWN, ...PHONE },
      { name: "activity-dark", path: at("/activity"), ready: IS_DRAWN, ...WIDE, dark: true },
      { name: "storage-dark", path: at("/storage"), ready: IS_DRAWN, ...WIDE, dark: true },
    ],
  },
];

function isSending(): string {
  return "/MB\\/s/.test(document.querySelector('.lanes')?.innerText ?? '')";
}

async function report({ service }: PictureLab): Promise<string> {
  const { reports } = await (await fetch(new URL("/api/v1/reports", service.url))).json();
  return `/reports/${reports[0].report_id}`;
}
