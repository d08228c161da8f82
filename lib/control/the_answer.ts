/**
 * "Is my data safe?", in one sentence, with the one next step. What it says depends on nothing but the
 * facts it is given. It never calls anything safe that was not proven, and says as of when.
 */
import { formatBytes } from "../base/mod.ts";
import type { Tone, WriteFault } from "../queue/mod.ts";
import type { OverduePasses } from "./overdue.ts";
import { manyOf, runsAtLeast, sentence, type Words } from "./sentences.ts";

export interface AnswerFacts {
  /** Runs by what they come to (`RunOutcome`). */
  readonly attention: number;
  readonly onTheWay: number;
  readonly safe: number;
  readonly handedOver: number;
  readonly notProven: number;
  readonly cancelled: number;
  /** Of `attention`: runs that the gate holds. */
  readonly held: number;
  /** When the safe run that was compared longest ago was compared. */
  readonly provenSince: string | null;
  /** The longest known first; so many at least where there `mayBeMore`. */
  readonly acquiring: readonly AcquiringFact[];
  readonly mayBeMore?: boolean;
  /** Quiet runs that will not become complete by themselves. */
  readonly odd: readonly AcquiringFact[];
  /** Such runs that a person said to leave alone. */
  readonly leftAlone: number;
  /** Destinations that cannot be used, and how many runs wait for each. */
  readonly down: readonly DownFact[];
  /** Destinations at which runs wait for the end of the hours in which nothing is sent there. */
  readonly closed: readonly {
    readonly name: string;
    readonly until: string;
    readonly waiting: number;
  }[];
  readonly pauses: readonly {
    readonly scope: string;
    readonly since: string;
    readonly by: string;
    readonly reason: string | null;
  }[];
  readonly yieldingTo: { readonly what: string; readonly since: string | null } | null;
  /** Folders that cannot be looked at: a new run there would not be seen. */
  readonly faultyRoots: readonly {
    readonly equipmentId: string;
    readonly fault: string;
    readonly since: string;
  }[];
  /** Proven runs whose next comparison has been due for more than a day. */
  readonly overdue: OverduePasses;
  /** Why the queue cannot be written: what came since is not in it. */
  readonly queueFault: Omit<WriteFault, "code"> | null;
  /** Disks that are almost full, or will be within a day. */
  readonly fullDisks: readonly { readonly root: string; readonly freeBytes: number }[];
}

export interface AcquiringFact {
  readonly name: string;
  readonly bytes: number;
  readonly since: string;
  readonly waitsFor: string;
}

export interface DownFact {
  readonly name: string;
  readonly isFull: boolean;
  readonly since: string;
  readonly hint: string | null;
  readonly waiting: number;
}

export interface Answer {
  readonly tone: Tone;
  /** One or two signs, beside the words: nobody depends on the colour. */
  readonly sign: string;
  readonly words: Words;
  /** Each a sentence of its own, the most important first. */
  readonly more: readonly Words[];
  /** The one thing to do; null when there is nothing. */
  readonly next: NextStep | null;
}

export interface NextStep {
  readonly words: string;
  /** What to look at: runs that need a person, or those that wait. */
  readonly show: "attention" | "not_proven" | "cancelled" | "storage" | null;
}

type Said = Pick<Answer, "tone" | "sign" | "words" | "next"> & { readonly more?: readonly Words[] };

/** The first that has something to say, says it; what the others would say of more runs is added. */
export function theAnswer(facts: AnswerFacts): Answer {
  const said = cannotWrite(facts) ?? needsYou(facts) ?? cannotLook(facts) ?? stopped(facts) ??
    unreachable(facts) ??
    onTheWay(facts) ?? beingAcquired(facts) ?? unproven(facts) ?? leftBehind(facts) ??
    allSafe(facts) ?? NOTHING;
  const asides = [
    ...said.more ?? [],
    ...(said.sign === "…" ? [] : downWords(facts)),
    ...diskWords(facts),
    ...overdueWords(facts),
    ...pauseSentences(facts),
    ...closedWords(facts),
    ...leftAloneWords(facts),
  ];
  const isStill = facts.pauses.length > 0 || facts.fullDisks.length > 0;
  return {
    ...said,
    // While anything is paused or a disk runs full nothing is green: a person has to see to that.
    ...(said.tone === "safe" && isStill ? { tone: "wait" as const, sign: "‖" } : {}),
    more: asides.length > 0 ? [...asides, ...restWords(facts, said)] : restWords(facts, said),
    next: said.next ??
      (facts.fullDisks.length > 0 ? { words: "See what may be let go", show: "storage" } : null),
  };
}

function needsYou({ attention, held, odd }: AnswerFacts): Said | null {
  const count = attention + odd.length;
  if (count === 0) return null;
  const failed = attention - held;
  const parts = [
    ...(failed > 0 ? [`${manyOf(failed, "run")} failed or damaged`] : []),
    ...(held > 0 ? [`${manyOf(held, "run")} held for names to fix`] : []),
    ...(odd.length > 0 ? [`${manyOf(odd.length, "run")} not complete`] : []),
  ];
  return {
    tone: "bad",
    sign: "!",
    words: [`${manyOf(count, "run")} ${count === 1 ? "needs" : "need"} you`],
    more: [[`${parts.join(", ")}. Each says below what to do; nothing is deleted meanwhile.`]],
    next: { words: count === 1 ? "See what to do" : "See what to do with each", show: "attention" },
  };
}

function cannotWrite({ queueFault }: AnswerFacts): Said | null {
  if (queueFault === null) return null;
  const { message, hint, since } = queueFault;
  return {
    tone: "bad",
    sign: "!",
    words: ["labferry cannot write down what happens since ", { at: since }],
    more: [[`${sentence(message)} What came since is not shown, not sent and not safe.`]],
    next: hint === null ? null : { words: sentence(hint), show: null },
  };
}

function cannotLook({ faultyRoots }: AnswerFacts): Said | null {
  const [first] = faultyRoots;
  if (!first) return null;
  const others = faultyRoots.length - 1;
  return {
    tone: "bad",
    sign: "!",
    words: [`The runs of ${first.equipmentId} cannot be looked at since `, { at: first.since }],
    more: [
      [`${first.fault}. A new run there is not seen until this is mended.`],
      ...(others > 0 ? [[`The same is true of ${manyOf(others, "other folder")}.`]] : []),
    ],
    next: { words: "Connect the disk or correct local_root", show: null },
  };
}

function stopped({ onTheWay, pauses, yieldingTo }: AnswerFacts): Said | null {
  if (onTheWay === 0) return null;
  const all = pauses.find(({ scope }) => scope === "*");
  const wait = `${manyOf(onTheWay, "run")} ${onTheWay === 1 ? "waits" : "wait"}`;
  if (all) {
    return {
      tone: "wait",
      sign: "‖",
      words: ["Paused since ", { at: all.since }, `: ${wait}`],
      more: [["The data stays on this PC until then."]],
      next: { words: "Resume when it may go on", show: null },
    };
  }
  if (!yieldingTo) return null;
  const since: Words = yieldingTo.since === null ? [] : [" since ", { at: yieldingTo.since }];
  return {
    tone: "wait",
    sign: "‖",
    words: [`Waiting: ${yieldingTo.what}`],
    more: [[wait, ...since, "; the data stays on this PC, and goes on by itself afterwards."]],
    next: null,
  };
}

function unreachable({ down }: AnswerFacts): Said | null {
  const waited = down.filter(({ waiting }) => waiting > 0);
  const [first] = waited;
  if (!first) return null;
  const waiting = waited.reduce((sum, one) => sum + one.waiting, 0);
  const names = waited.length === 1 ? first.name : `${manyOf(waited.length, "destination")}`;
  const how = waited.every(({ isFull }) => isFull) ? "full" : "unreachable";
  const wait = `${manyOf(waiting, "run")} ${waiting === 1 ? "waits" : "wait"}`;
  return {
    tone: "wait",
    sign: "…",
    words: [`${names} ${how} since `, { at: first.since }, `; nothing is lost, ${wait}`],
    more: [["The data stays on this PC, and goes on by itself as soon as that changes."]],
    next: first.hint === null ? null : { words: sentence(first.hint), show: null },
  };
}

function onTheWay({ onTheWay }: AnswerFacts): Said | null {
  if (onTheWay === 0) return null;
  const words: Words = [`${manyOf(onTheWay, "run")} on the way`];
  return { tone: "moving", sign: "→", words, next: null };
}

function beingAcquired({ acquiring, mayBeMore }: AnswerFacts): Said | null {
  const [first] = acquiring;
  if (!first) return null;
  if (acquiring.length === 1) {
    return {
      tone: "moving",
      sign: "●",
      words: [`${first.name} is being acquired, ${formatBytes(first.bytes)} so far`],
      more: [["It is sent when it is complete; it waits for ", first.waitsFor, "."]],
      next: null,
    };
  }
  const bytes = formatBytes(acquiring.reduce((sum, one) => sum + one.bytes, 0));
  return {
    tone: "moving",
    sign: "●",
    words: [`${runsAtLeast(acquiring.length, mayBeMore)} are being acquired, ${bytes} so far`],
    next: null,
  };
}

function unproven({ notProven, handedOver }: AnswerFacts): Said | null {
  if (notProven > 0) {
    return {
      tone: "wait",
      sign: "?",
      words: [`${manyOf(notProven, "run")} not proven since the queue was made anew`],
      more: [[
        "Only their records say that they are at the destination; the next comparison tells.",
      ]],
      next: { words: "See which", show: "not_proven" },
    };
  }
  if (handedOver === 0) return null;
  return {
    tone: "wait",
    sign: "→",
    words: [`${manyOf(handedOver, "run")} handed over, not on the NAS yet`],
    more: [["The orchestrator takes them there; it says so when they are proven."]],
    next: null,
  };
}

/** A cancelled run is nobody's care but the person's who cancelled it; it is not safe either. */
function leftBehind({ cancelled, safe }: AnswerFacts): Said | null {
  if (cancelled === 0) return null;
  const are = cancelled === 1 ? "is" : "are";
  return {
    tone: "wait",
    sign: "‖",
    words: safe > 0
      ? [`${manyOf(safe, "run")} safe, ${cancelled.toLocaleString("en")} cancelled`]
      : [`${manyOf(cancelled, "run")} cancelled`],
    more: [[`What was cancelled ${are} only on this PC.`]],
    next: { words: "See what was cancelled", show: "cancelled" },
  };
}

/** What a person left alone is nobody's trouble any more; "all" are safe only where there is none. */
function allSafe({ safe, leftAlone }: AnswerFacts): Said | null {
  if (safe === 0) return null;
  const all = safe === 1 ? "Your run is safe" : `All ${manyOf(safe, "run")} are safe`;
  const some = `${manyOf(safe, "run")} ${safe === 1 ? "is" : "are"} safe`;
  const words = [leftAlone === 0 ? all : some];
  return { tone: "safe", sign: "✓", words, next: null };
}

const NOTHING: Said = {
  tone: "idle",
  sign: "·",
  words: ["No runs yet"],
  more: [["A run appears here as soon as an instrument begins to write it."]],
  next: null,
};

/** What the runs are that the answer is not about. */
function restWords(facts: AnswerFacts, said: Said): Words[] {
  const { safe, provenSince, acquiring, mayBeMore, onTheWay } = facts;
  const rest: Words[] = [];
  if (onTheWay > 0 && said.tone === "bad") rest.push([`${manyOf(onTheWay, "run")} on the way.`]);
  if (acquiring.length > 0 && said.sign !== "●") {
    rest.push([`${runsAtLeast(acquiring.length, mayBeMore)} being acquired.`]);
  }
  if (safe > 0 && provenSince !== null) {
    const every = said.sign === "✓"
      ? "Every file was compared with its copy; as of "
      : `${manyOf(safe, "run")} safe, every file compared; as of `;
    const longest = safe === 1 ? "." : ", when the one looked at longest ago was compared.";
    rest.push([every, { at: provenSince }, longest]);
  }
  return rest;
}

function downWords({ down }: AnswerFacts): Words[] {
  return down.map(({ name, isFull, since, waiting }) => {
    const wait = waiting > 0
      ? `; nothing is lost, ${manyOf(waiting, "run")} ${waiting === 1 ? "waits" : "wait"}.`
      : ".";
    return [`${name} ${isFull ? "full" : "unreachable"} since `, { at: since }, wait];
  });
}

function diskWords({ fullDisks }: AnswerFacts): Words[] {
  return fullDisks.map(({ root, freeBytes }) => [
    `The disk of ${root} is almost full: ${formatBytes(freeBytes)} left.`,
  ]);
}

function leftAloneWords({ leftAlone }: AnswerFacts): Words[] {
  if (leftAlone === 0) return [];
  const [are, its] = leftAlone === 1 ? ["is", "its"] : ["are", "their"];
  const what = `${manyOf(leftAlone, "unfinished run")} ${are} left alone, as a person said`;
  return [[`${what}; ${its} data is only on this PC.`]];
}

function overdueWords({ overdue: { runs, since } }: AnswerFacts): Words[] {
  if (since === null) return [];
  const wait = runs === 1 ? "waits" : "wait";
  return [[
    `${manyOf(runs, "proven run")} ${wait} for the next comparison since `,
    { at: since },
    ": more is to be read again than there is time for.",
  ]];
}

function pauseSentences({ pauses }: AnswerFacts): Words[] {
  return pauses.map(({ scope, since, by, reason }) => [
    `${scope === "*" ? "Everything" : scope} is paused since `,
    { at: since },
    `, by ${by}${reason ? `: ${reason}` : ""}.`,
  ]);
}

function closedWords({ closed }: AnswerFacts): Words[] {
  return closed.map(({ name, until, waiting }) => [
    `Nothing is sent to ${name} before `,
    { at: until },
    ` (its hours); ${manyOf(waiting, "run")} ${waiting === 1 ? "waits" : "wait"} for that.`,
  ]);
}
