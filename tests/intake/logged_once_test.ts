/** What is said once, and when it is said again. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { LoggedOnce } from "../../lib/intake/logged_once.ts";

function open() {
  const said: string[] = [];
  const logged = new LoggedOnce((_level, message) => void said.push(message));
  const tell = (path: string) =>
    logged.tell(new LabferryError("source_unreadable", path, { path, hint: "" }));
  return { said, logged, tell };
}

Deno.test("LoggedOnce.forget lets only that folder and what is in it be said again", () => {
  const { said, logged, tell } = open();
  const all = ["/a/Run_1", "/a/Run_1/b.dat", "/a/Run_10"];
  for (const path of [...all, ...all]) tell(path);
  assert.deepEqual(said, all);
  logged.forget("/a/Run_1");
  for (const path of all) tell(path);
  assert.deepEqual(said.slice(3), all.slice(0, 2));
});

Deno.test("LoggedOnce remembers only so many, of runs that never went well again", () => {
  const { said, tell } = open();
  for (let i = 0; i <= 10_000; i++) tell(`/a/Run_${i}`);
  tell("/a/Run_10000");
  assert.equal(said.length, 10_001);
  tell("/a/Run_0");
  assert.equal(said.length, 10_002);
});
