// What the gate found and what people let pass, in words.
import { clock, number } from "./words.js";

/** The fields of a finding, as the timeline keeps them. */
export function findingsOfHold(events) {
  const held = events.findLast(({ kind, detail }) => kind === "held" && detail?.findings);
  return (held?.detail.findings ?? []).map(({ rule, path, token, detail }) => ({
    rule,
    offending_path: path,
    matched_token: token,
    rule_detail: detail,
  }));
}

/** Hard findings of the run and of the folders above it that none of its overrides covers. */
export function blockingFindings(job, findings, overrides) {
  const passed = new Set(
    overrides.filter(({ state }) => state === "active").map((one) => one.problem_class),
  );
  return findings.filter((finding) =>
    finding.tier === "hard" && !finding.override_active && !passed.has(finding.rule) &&
    isWithin(job.run_path, finding.run_path)
  );
}

export function byRule(findings) {
  const groups = Map.groupBy(findings, ({ rule }) => rule);
  return [...groups].map(([rule, found]) => ({ rule, found }));
}

/** The path below the run; of the run itself or of a folder above it, its last part. */
export function placeWords(path, runPath) {
  if (path !== runPath && isWithin(path, runPath)) return shown(path.slice(runPath.length + 1));
  return lastPart(path);
}

export function lastPart(path) {
  return shown(path.split(/[/\\]/).findLast((part) => part !== "") ?? path);
}

/** Control characters and direction marks as escapes: what is wrong with a name has to be seen. */
export function shown(text) {
  return text.replace(
    /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

/** `Ada lets “Two names …” pass until 31 Dec 2026: the instrument writes both` */
export function overrideWords(override, titleOf) {
  const { state, operator, problem_class, reason, expires_at } = override;
  const title = problem_class ? titleOf(problem_class) : "something";
  if (state === "unusable") {
    return `What ${
      operator ?? "somebody"
    } wrote about “${title}” cannot be understood and counts for nothing.`;
  }
  if (state === "expired") {
    return `${operator} let “${title}” pass until ${clock(expires_at)}; that time is over.`;
  }
  const until = expires_at ? ` until ${clock(expires_at)}` : "";
  return `${operator} lets “${title}” pass${until}: ${reason}`;
}

/** The end of the chosen day where the person sits; null when no day was chosen. */
export function endOfDay(date) {
  return date === "" ? null : new Date(`${date}T23:59:59`).toISOString();
}

export function count(many, one, several = `${one}s`) {
  return many === 1 ? `1 ${one}` : `${number(many)} ${several}`;
}

/** Both separators: the service may run on Windows, the browser cannot know. */
export function isWithin(path, folder) {
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`);
}
