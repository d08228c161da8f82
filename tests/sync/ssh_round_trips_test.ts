/**
 * How often one small run waits for the far side over ssh, whatever the line: counted by a relay that
 * delays each way by some milliseconds, so that what is said one after the other is told apart.
 */
import assert from "node:assert/strict";
import { assertProven } from "../support/far_proof.ts";
import { testWith } from "../support/needs.ts";
import { startSlowRelay } from "../support/slow_relay.ts";
import { startSshd } from "../support/sshd.ts";
import { tempDir } from "../support/temp_dir.ts";
import { openBench } from "./bench.ts";
import { overSsh } from "./over_ssh.ts";

const FILES = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`plane_${i}.dat`, "x".repeat(50_000)]),
);

/**
 * From the queue to verified at a place that is known: two connections, opened at once, the push, the
 * hashing, and some thirty small requests. 46 or 47 were counted.
 */
const MOST_ROUND_TRIPS = 50;
/** A busy computer tears apart what is said in one go, which then counts twice; never the other way. */
const TRIES = 5;
/** The push's and the pass's. */
const MOST_CONNECTIONS = 2;

testWith(
  ["rsync", "sshd", "sha256sum"],
  "a small run over ssh waits for the far side no more often than it did",
  async () => {
    await using sshd = await startSshd();
    await using relay = startSlowRelay(sshd.port, { delayMs: 3 });
    await using dir = await tempDir();
    const known = await Deno.readTextFile(sshd.knownHostsPath);
    const knownHostsPath = await dir.write(
      "known_hosts",
      known.replace(`:${sshd.port} `, `:${relay.port} `),
    );
    const line = { ...sshd, port: relay.port, knownHostsPath };
    await using bench = await openBench({ wrap: ({ address }) => overSsh(line, address) });
    const deliverNew = async () => {
      const run = await bench.lab.makeRun(FILES);
      bench.enqueue(run);
      const before = relay.counts();
      assert.equal((await bench.deliver(run)).state, "verified");
      const after = relay.counts();
      await assertProven(bench.lab.farRun(run));
      return {
        roundTrips: after.roundTrips - before.roundTrips,
        connections: after.connections - before.connections,
      };
    };
    // The first asks what the place does to names, which is kept.
    await deliverNew();
    let least = Infinity;
    for (let tried = 0; tried < TRIES && least > MOST_ROUND_TRIPS; tried++) {
      const { roundTrips, connections } = await deliverNew();
      assert.ok(connections <= MOST_CONNECTIONS, `${connections} connections`);
      least = Math.min(least, roundTrips);
    }
    assert.ok(least > 10, "the ways there and back are not counted any more");
    assert.ok(least <= MOST_ROUND_TRIPS, `${least} ways there and back`);
  },
);
