import assert from "node:assert/strict";
import type { FarSession } from "../../lib/transports/contract.ts";
import { type FailureCode, TransportError } from "../../lib/transports/failure.ts";
import {
  confirmIdentity,
  IDENTITY_FILE,
  initDestination,
  type InitOptions,
  readIdentity,
} from "../../lib/transports/identity.ts";
import { sameDisk } from "../../lib/transports/new_folder.ts";
import { MountTransport } from "../../lib/transports/mount/mod.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

interface Fixture extends AsyncDisposable {
  readonly dir: TempDir;
  readonly base: string;
  readonly session: FarSession;
}

async function fixture(): Promise<Fixture> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const base = dir.join("nas", "FLOW_01");
  const session = stack.use(
    await new MountTransport({ path: base }).connect({
      signal: new AbortController().signal,
      token: "identity",
      scratchDir: dir.path,
    }),
  );
  return { dir, base, session, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function initOf(base: string, more: Partial<InitOptions> = {}): InitOptions {
  const options = { address: base, equipmentId: "FLOW_01", createdBy: "asmith@labpc-04" };
  return { ...options, knownUuid: null, ...more };
}

function says(code: FailureCode, text: RegExp = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    assert.ok(error.hint, "no hint");
    return true;
  };
}

Deno.test("initDestination makes the base, marks it, and confirmIdentity knows it again", async () => {
  await using place = await fixture();
  const { base, session } = place;
  assert.equal(await readIdentity(session), null);
  const { identity, created } = await initDestination(session, initOf(base));
  assert.equal(created, true);
  const marker = JSON.parse(await Deno.readTextFile(`${base}/${IDENTITY_FILE}`));
  assert.deepEqual(Object.keys(marker), [
    "schema_version",
    "uuid",
    "equipment_id",
    "created_at",
    "created_by",
  ]);
  assert.match(marker.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(await confirmIdentity(session, identity.uuid), identity);
});

Deno.test("initDestination adopts its own base and leaves the marker's bytes alone", async () => {
  await using place = await fixture();
  const { base, session } = place;
  const first = await initDestination(session, initOf(base));
  const bytes = await Deno.readTextFile(`${base}/${IDENTITY_FILE}`);
  const knowing = await initDestination(session, initOf(base, { knownUuid: first.identity.uuid }));
  const forgetful = await initDestination(session, initOf(base));
  assert.deepEqual([knowing.created, forgetful.created], [false, false]);
  assert.deepEqual(knowing.identity, first.identity);
  assert.equal(await Deno.readTextFile(`${base}/${IDENTITY_FILE}`), bytes);
});

Deno.test("initDestination refuses another equipment's base and another destination's", async () => {
  await using place = await fixture();
  const { base, session } = place;
  const { identity } = await initDestination(session, initOf(base));
  await assert.rejects(
    initDestination(session, initOf(base, { equipmentId: "PLATE_01" })),
    says("destination_identity", /FLOW_01/),
  );
  await assert.rejects(
    initDestination(session, initOf(base, { equipmentId: "PLATE_01", knownUuid: identity.uuid })),
    says("destination_identity"),
  );
  const other = "00000000-0000-4000-8000-000000000000";
  await assert.rejects(
    initDestination(session, initOf(base, { knownUuid: other })),
    says("destination_identity", new RegExp(identity.uuid)),
  );
});

Deno.test("initDestination does not mark the empty folder below an unmounted share", async () => {
  await using place = await fixture();
  const { base, session } = place;
  const knownUuid = (await initDestination(session, initOf(base))).identity.uuid;
  await Deno.remove(`${base}/${IDENTITY_FILE}`);
  await assert.rejects(
    initDestination(session, initOf(base, { knownUuid })),
    says("destination_unmarked"),
  );
  await Deno.remove(base, { recursive: true });
  await assert.rejects(initDestination(session, initOf(base, { knownUuid })), says("unreachable"));
  await assert.rejects(Deno.stat(base), Deno.errors.NotFound);
});

Deno.test("confirmIdentity tells a missing base, a missing mark and a stranger's mark apart", async () => {
  await using place = await fixture();
  const { base, session } = place;
  const ours = "11111111-1111-4111-8111-111111111111";
  await assert.rejects(confirmIdentity(session, ours), says("unreachable"));
  await Deno.mkdir(base, { recursive: true });
  await assert.rejects(
    confirmIdentity(session, ours, { address: base }),
    says("destination_unmarked", new RegExp(ours)),
  );
  const { identity } = await initDestination(session, initOf(base));
  await assert.rejects(
    confirmIdentity(session, ours, { address: base }),
    says("destination_identity", /is not our NAS: expected 1111.*found .*FLOW_01/),
  );
  assert.notEqual(identity.uuid, ours);
});

Deno.test("readIdentity takes no damaged, foreign or newer-major marker for an identity", async () => {
  await using place = await fixture();
  const { base, session } = place;
  await Deno.mkdir(base, { recursive: true });
  const whole = {
    schema_version: "1.0",
    uuid: "u",
    created_at: "2026-01-01T00:00:00Z",
    created_by: "a",
  };
  const bad: (string | Uint8Array)[] = [
    "",
    "{",
    "[]",
    "null",
    new Uint8Array([0xff, 0xfe]),
    JSON.stringify({ ...whole, schema_version: "2.0" }),
    JSON.stringify({ ...whole, schema_version: undefined }),
    JSON.stringify({ ...whole, uuid: 7 }),
    JSON.stringify({ ...whole, equipment_id: 7 }),
    JSON.stringify({ ...whole, created_by: null }),
  ];
  for (const content of bad) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${base}/${IDENTITY_FILE}`, bytes);
    await assert.rejects(readIdentity(session), says("destination_identity"), String(content));
    await assert.rejects(initDestination(session, initOf(base)), says("destination_identity"));
    assert.deepEqual(await Deno.readFile(`${base}/${IDENTITY_FILE}`), bytes);
  }
  const newer = { ...whole, schema_version: "1.7", more: true };
  await Deno.writeTextFile(`${base}/${IDENTITY_FILE}`, JSON.stringify(newer));
  assert.equal((await readIdentity(session))?.uuid, "u");
});

Deno.test("readIdentity follows no link at the base", async () => {
  await using place = await fixture();
  const { dir, base, session } = place;
  await Deno.mkdir(base, { recursive: true });
  const elsewhere = await dir.write(
    "marker.json",
    '{"schema_version":"1.0","uuid":"u","created_at":"x","created_by":"y"}',
  );
  await Deno.symlink(elsewhere, `${base}/${IDENTITY_FILE}`);
  await assert.rejects(readIdentity(session), TransportError);
});

Deno.test("sameDisk notices a destination on the source's own file system", async () => {
  await using place = await fixture();
  const { dir, base, session } = place;
  await initDestination(session, initOf(base));
  assert.equal(await sameDisk(dir.path, session), true);
  if (Deno.build.os === "linux") assert.equal(await sameDisk("/proc", session), false);
});

Deno.test("sameDisk claims nothing of a place whose device cannot be known", async () => {
  const session = { deviceOfBase: () => Promise.resolve(null) } as unknown as FarSession;
  assert.equal(await sameDisk(".", session), false);
});
