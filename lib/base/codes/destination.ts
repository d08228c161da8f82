/** What is wrong with a destination: its runs wait, no attempt is charged. */
import { alike, DESTINATION_FAILED, FAILED } from "./facts.ts";

export const DESTINATION_CODES = {
  unreachable: {
    ...DESTINATION_FAILED,
    means:
      "The NAS does not answer, or its folder is not there: it is off, unplugged, not mounted, or rclone has no such remote.",
    advice:
      "Switch it on, mount it, mend the remote's name. What waits goes on by itself; a retry asks at once.",
  },
  name_resolution: {
    ...DESTINATION_FAILED,
    means: "The NAS's name is not known to this network.",
    advice: "Check the spelling and the name server.",
  },
  auth: {
    ...DESTINATION_FAILED,
    means:
      "The place answered and refused: key, password or rights, a read-only file system, or a key file that is not there.",
    advice: "Mend what the hint names.",
  },
  host_key: {
    ...DESTINATION_FAILED,
    means: "The far machine shows another key than before, or one nobody accepted.",
    advice: "Find out why before you accept it: it may be another machine.",
  },
  missing_tool: {
    ...DESTINATION_FAILED,
    means: "rclone, rsync or ssh is missing or too old, here or there.",
    advice: "Install it; the hint says where.",
  },
  destination_full: {
    ...DESTINATION_FAILED,
    means: "The disk there is full, or its quota is used up.",
    advice: "Make room there. Nothing is lost meanwhile, and nothing is deleted here.",
  },
  destination_unmarked: {
    ...DESTINATION_FAILED,
    means:
      "There is no mark of labferry's at the address: the share below is not mounted, or labferry has never been there.",
    advice:
      "Mount it, and nothing else. For a place that is new: `labferry destination init EQUIPMENT`, or `ship … --init-destination`. If the disk was truly replaced: take its entry out of `destinations.json` in the state directory first.",
  },
  destination_identity: {
    ...DESTINATION_FAILED,
    means:
      'Another mark than the one known, or one that cannot be read: another share or disk is mounted there ("not our NAS").',
    advice: "Mount the right one. If the NAS was truly replaced: as for `destination_unmarked`.",
  },
  mount_lost: {
    ...FAILED,
    means: "The share was unmounted in the middle of the work.",
    advice: "Mount it again.",
  },
  ...alike(["device_lost", "io_failed"], {
    ...FAILED,
    means: "A disk, cable or share gave an error of its hardware or network.",
    advice: "Look at them and at the system's log.",
  }),
  far_file_in_use: {
    ...FAILED,
    job: "again",
    means: "A program over there has the file open.",
    advice: "Close the program; it is tried again by itself.",
  },
  destinations_damaged: {
    ...FAILED,
    means: "`destinations.json` cannot be read, so nobody knows which NAS belongs to labferry.",
    advice:
      "Mend the file, or look at each place and run `labferry destination init`. The damaged file is kept.",
  },
} as const;
