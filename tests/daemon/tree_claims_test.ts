/** Who looks after a tree: two services on one, copied state directories, lost ones, torn files. */
import assert from "node:assert/strict";
import { recordOf } from "../support/tree_claim_file.ts";
import { openStateDir, readInstallation, type StateDir } from "../../lib/daemon/mod.ts";
import { keepInstallation, newIdentity, renewNonce } from "../../lib/daemon/installation.ts";
import { TreeClaims } from "../../lib/daemon/tree_claims.ts";
import { HandClock } from "../support/hand_clock.ts";
import { type Lab, openLab } from "../support/lab.ts";

const ID = "PLATE_01";

interface Service {
  readonly stateDir: StateDir;
  readonly claims: TreeClaims;
  readonly logged: string[];
  /** Null, or the code of the refusal; looked at now. */
  refused(): Promise<string | null>;
  hold(): Promise<string | null>;
}

interface Labs extends AsyncDisposable {
  readonly lab: Lab;
  readonly clock: HandClock;
  /** A start of a service on a state directory of that name. */
  start(state: string): Promise<Service>;
  copyState(from: string, to: string): Promise<void>;
}

async function openLabs(): Promise<Labs> {
  const lab = await openLab();
  const clock = new HandClock();
  const runPath = await lab.makeRun({ "a.dat": "alpha" });
  return {
    lab,
    clock,
    async start(state) {
      const stateDir = await openStateDir(lab.join(state));
      await renewNonce(stateDir, clock);
      const logged: string[] = [];
      const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
      const claims = new TreeClaims({ config: lab.config, stateDir, clock, log, serves: true });
      return {
        stateDir,
        claims,
        logged,
        async refused() {
          await claims.lookAll();
          return (await claims.refusal(ID))?.code ?? null;
        },
        hold: () => claims.hold({ equipmentId: ID, runPath }, { isActing: true }),
      };
    },
    async copyState(from, to) {
      await Deno.mkdir(lab.join(to), { recursive: true });
      for (const name of ["installation.json", "trees.json"]) {
        await Deno.copyFile(lab.join(from, name), lab.join(to, name));
      }
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

Deno.test("the first service takes a tree; a second one does nothing there, and says so once", async () => {
  await using labs = await openLabs();
  const first = await labs.start("first");
  assert.deepEqual([await first.refused(), await first.hold()], [null, null]);
  const claim = await recordOf(labs.lab, ID);
  assert.equal(claim.installation, (await readInstallation(first.stateDir)).id);

  const second = await labs.start("second");
  for (let i = 0; i < 3; i++) {
    assert.equal(await second.refused(), "tree_served");
    labs.clock.turn(3600_000);
    await first.claims.lookAll();
  }
  assert.match(await second.hold() ?? "", /Another labferry looks after PLATE_01's runs/);
  assert.equal(second.logged.length, 1, second.logged.join("\n"));
  assert.match(second.logged[0]!, /installation keep/);
  assert.equal(await first.hold(), null);
  assert.ok((await recordOf(labs.lab, ID)).time > claim.time, "it is renewed");
  // The other one has been gone for a year: a person says so, nobody guesses.
  labs.clock.turn(365 * 24 * 3600_000);
  assert.equal(await second.refused(), "tree_served");
});

Deno.test("a service that was killed takes its own tree again, also between its two writes", async () => {
  await using labs = await openLabs();
  assert.equal(await (await labs.start("state")).hold(), null);
  const before = await Deno.readTextFile(pathOf(labs.lab));
  for (let i = 0; i < 3; i++) {
    assert.equal(await (await labs.start("state")).hold(), null);
    // As if the power had gone after the state directory knew the new mark, before the tree had it.
    await Deno.writeTextFile(pathOf(labs.lab), before);
    assert.equal(await (await labs.start("state")).hold(), null);
  }
});

Deno.test("of a copied state directory both stop, until a person says which of them goes on", async () => {
  await using labs = await openLabs();
  const first = await labs.start("first");
  assert.equal(await first.hold(), null);
  await labs.copyState("first", "copy");
  const copy = await labs.start("copy");
  const ids = await Promise.all([first, copy].map(({ stateDir }) => readInstallation(stateDir)));
  assert.equal(ids[0]!.id, ids[1]!.id);
  assert.notEqual(ids[0]!.nonce, ids[1]!.nonce);

  // Its marks are those of the first one, until one of them writes a new one.
  assert.equal(await copy.hold(), null);
  assert.match(await first.hold() ?? "", /Two services with one id/);
  assert.match(await copy.hold() ?? "", /Two services with one id/);
  for (const one of [first, copy]) assert.equal(await one.refused(), "installation_twice");

  await newIdentity(copy.stateDir, labs.clock);
  assert.equal(await copy.refused(), "tree_served");
  assert.equal(await first.refused(), "installation_twice");
  await keepInstallation(first.stateDir, labs.clock);
  assert.deepEqual(await first.claims.lookAll(), [ID]);
  assert.equal(await first.hold(), null);
  assert.equal(await copy.refused(), "tree_served");
});

Deno.test("a copied state directory that is started later is known at its first look", async () => {
  await using labs = await openLabs();
  const first = await labs.start("first");
  assert.equal(await first.hold(), null);
  await labs.copyState("first", "copy");
  labs.clock.turn(16 * 60_000);
  await first.claims.lookAll();
  const copy = await labs.start("copy");
  assert.equal(await copy.refused(), "installation_twice");
  assert.equal(await first.refused(), "installation_twice");
});

Deno.test("a person's word takes a tree over, once, and only where it was refused", async () => {
  await using labs = await openLabs();
  const first = await labs.start("first");
  assert.equal(await first.hold(), null);
  const second = await labs.start("second");
  // Said before it met the tree: that was about something else.
  await keepInstallation(second.stateDir, labs.clock);
  assert.equal(await second.refused(), "tree_served");
  labs.clock.turn(1000);
  await keepInstallation(second.stateDir, labs.clock);
  assert.equal(await second.refused(), null);
  assert.equal(await first.refused(), "tree_served");
  labs.clock.turn(1000);
  await keepInstallation(first.stateDir, labs.clock);
  assert.equal(await first.refused(), null);
  // The second one's word is used up.
  assert.equal(await second.refused(), "tree_served");
  labs.clock.turn(1000);
  await keepInstallation(second.stateDir, labs.clock);
  labs.clock.turn(2 * 3600_000);
  assert.equal(await second.refused(), "tree_served", "a word of two hours ago");
});

Deno.test("where the state directory was lost, the same computer goes on; an existing one keeps its tree", async () => {
  await using labs = await openLabs();
  assert.equal(await (await labs.start("state")).hold(), null);
  await Deno.remove(labs.lab.join("state"), { recursive: true });
  const anew = await labs.start("state");
  assert.equal(await anew.hold(), null);
  assert.match(anew.logged.join("\n"), /The tree of another labferry is looked after here/);
});

Deno.test("a claim that cannot be understood is nobody's to take, and is left as it is", async () => {
  await using labs = await openLabs();
  const service = await labs.start("state");
  for (const text of ["{", "[]", '{"schema_version": "2.0", "installation": "x"}']) {
    await Deno.mkdir(labs.lab.join("data", ID, ".exlab-wizard"), { recursive: true });
    await Deno.writeTextFile(pathOf(labs.lab), text);
    assert.equal(await service.refused(), "tree_served");
    assert.match(await service.hold() ?? "", /Nobody can say/);
    assert.equal(await Deno.readTextFile(pathOf(labs.lab)), text);
  }
  await Deno.writeTextFile(pathOf(labs.lab), "");
  assert.equal(await service.refused(), null, "one that never got its bytes is nobody's");
});

Deno.test("a tree that cannot be written is served, and nothing is deleted there", async () => {
  await using labs = await openLabs();
  const records = labs.lab.join("data", ID, ".exlab-wizard");
  await Deno.remove(records, { recursive: true }).catch(() => {});
  await Deno.writeTextFile(records, "a file stands in the way");
  const service = await labs.start("state");
  assert.equal(await service.refused(), null);
  assert.match(await service.hold() ?? "", /cannot be claimed/);
});

Deno.test("nothing is deleted where no tree is, and who only asks claims nothing", async () => {
  await using labs = await openLabs();
  const { stateDir } = await labs.start("state");
  const { config } = labs.lab;
  const asking = new TreeClaims({
    config,
    stateDir,
    clock: labs.clock,
    log: () => {},
    serves: false,
  });
  const job = { equipmentId: ID, runPath: labs.lab.join("data", ID, "p", "Runs", "r") };
  assert.equal(await asking.hold(job, { isActing: false }), null);
  assert.equal(await asking.refusal(ID), null);
  await assert.rejects(Deno.stat(pathOf(labs.lab)), Deno.errors.NotFound);
  await Deno.rename(labs.lab.join("data", ID), labs.lab.join("data", "away"));
  assert.match(await asking.hold(job, { isActing: true }) ?? "", /no folder of PLATE_01 is there/);
});

function pathOf(lab: Lab): string {
  return lab.join("data", ID, ".exlab-wizard", "labferry-service.json");
}
