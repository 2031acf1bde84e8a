// Half of the clients attack: slow readers, floods, malformed input. What the other half, and the server's memory, notice of it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { sleep, within } from "../../support/server.mjs";
import { runLoad } from "../load_process.mjs";
import { processorSecondsOf } from "../processes.mjs";
import { keepApart } from "./apart.mjs";
import { samplesOf, sumOf } from "./loop_times.mjs";
import { startOne, withServer } from "./servers.mjs";
import { digits, medianOf } from "./table.mjs";

/** The honest half, as fast whatever happens; the attackers are as many clients, and send as many events. */
export const honest = { scenario: "relay", clients: 100, "in-flight": 1, bytes: 64, mode: "open", rate: 10_000 };
export const attack = { malformed: 10_000, connecting: 2_000, flood: 10_000, flooders: 90, readers: 10 };
/** What is demanded. */
export const targets = { throughput: 0.8, p99: 3 };
/** What the attackers can make the server keep: what waits for each reader, and the buffers of connections. */
const sendQueueBytes = 4_000_000;
const connectionBytes = 100_000;

/** Malformed input that the server has counted. */
const refused = (samples) => sumOf(samples, /^signaling_(engine_errors_total|bad_requests_total|sessions_closed_total\{[^}]*parse)/);

const residentKb = (pid, what) => Number(new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

/** Attacks a server until `stop`, which tells what was done. */
async function startAttack(server, settings) {
  // Attackers have machines of their own. Here they get what the server and the load generator, whose latency is measured, leave of
  // the processors: even at a lower priority a process keeps one for a time slice of 3 ms.
  const child = spawn("chrt", ["--idle", "0", "setpriv", "--pdeathsig", "KILL", process.execPath, fileURLToPath(new URL("attacker.mjs", import.meta.url)), JSON.stringify({ ...settings, port: server.port })],
    { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await within(30_000, "the attacker", lines.next());
    if (done) throw new Error("the attacker ended by itself");
    return value;
  };
  if ((await next()) !== "ready") throw new Error("the attacker is not ready");
  return async () => {
    child.kill("SIGTERM");
    const did = JSON.parse(await next());
    await closed;
    return did;
  };
}

// The honest clients have machines of their own too: the load generator does not wait for an attacker that runs. Root may do that.
const asOnItsOwnMachine = ["chrt", "--fifo", "1"];
const honestUnder = spawnSync(asOnItsOwnMachine[0], [...asOnItsOwnMachine.slice(1), "true"]).status === 0 ? asOnItsOwnMachine : [];

/**
 * @param {object} [how.apart]  of `keepApart`
 * @returns what the honest half had, the server's memory and processor time, and what the attackers did
 */
export async function measureOnce(load, { isAttacked, seconds, honestLoad = honest, attackers = attack, set = {}, apart }) {
  return withServer(startOne(set), async (server) => {
    apart?.give(server.pid);
    let mostKb = 0;
    let isOver = false;
    const watch = (async () => {
      for (; !isOver; await sleep(50)) mostKb = Math.max(mostKb, residentKb(server.pid, "VmRSS"));
    })();
    const stop = isAttacked ? await startAttack(server, attackers) : undefined;
    if (stop) await sleep(1000);  // in full swing
    const args = Object.entries({ ports: server.port, ...honestLoad, warmup: 1, seconds }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    let before;
    let cpu;
    const after = {};
    const result = await runLoad(load, args, {
      timeout: (seconds + 60) * 1000,
      under: honestUnder,
      on: {
        begin: () => {
          cpu = processorSecondsOf([server.pid]);
          before = samplesOf(server);
        },
        end: () => {
          after.cpu = processorSecondsOf([server.pid]);
          after.samples = samplesOf(server);
        },
      },
    }).finally(() => (isOver = true));
    const [grown, did] = [refused(await after.samples) - refused(await before), await stop?.(), await watch];
    if (result.errors > 0) throw new Error(`${result.errors} errors of the honest half`);
    return {
      throughput: result.operations / result.seconds, lost: result.lost, ...result.latency_us, load_cpu: result.load_cpu_seconds / result.seconds,
      most_mb: mostKb / 1000, processor: (after.cpu - cpu) / result.seconds, refused: grown / result.seconds, did,
    };
  });
}

export const memoryBoundMb = (alone, { readers, flooders }) => alone + (readers * sendQueueBytes + (readers + flooders + 500) * connectionBytes) / 1e6;

export const underAttack = {
  name: "attack",
  group: "extremes",
  async run({ load, quick, rounds, makeRoom }) {
    const seconds = quick ? 3 : 8;
    const measured = { without: [], with: [] };
    const apart = keepApart();
    try {
      for (let round = 0; round < Math.min(rounds, 5); round++) {
        await makeRoom(5_000);
        measured.without.push(await measureOnce(load, { isAttacked: false, seconds, apart }));
        measured.with.push(await measureOnce(load, { isAttacked: true, seconds, apart }));
      }
    } finally {
      apart.end();
    }
    const of = (key, pick) => medianOf(measured[key], pick);
    const line = (name, key) => [name, ...[(round) => round.throughput, (round) => round.p50, (round) => round.p99, (round) => round.p999].map((pick) => digits(of(key, pick))),
      digits(Math.max(...measured[key].map(({ most_mb }) => most_mb))), digits(100 * of(key, ({ processor }) => processor)), digits(of(key, ({ refused: count }) => count))];
    const ratio = (pick) => of("with", pick) / of("without", pick);
    const bound = memoryBoundMb(Math.max(...measured.without.map(({ most_mb }) => most_mb)), attack);
    const most = Math.max(...measured.with.map(({ most_mb }) => most_mb));
    const verdict = (isMet) => (isMet ? "met" : "MISSED");
    const did = measured.with.at(-1).did;
    return {
      title: "Under attack by half the clients",
      text: `100 clients relay ${honest.rate.toLocaleString("en")} signals a second (open load), one event loop. As many attack: ${attack.readers} read nothing of 1.6 MB a second, ${attack.flooders} send ` +
        `${attack.flood.toLocaleString("en")} events a second, and ${attack.malformed.toLocaleString("en")} pieces of malformed input come each second, ${attack.connecting.toLocaleString("en")} of them on a connection each. ` +
        "Latency of the honest half in microseconds, medians over the rounds. The server has one processor; the load generator, before all others, and the attackers share the rest.",
      head: ["honest half", "signals/s", "50 %", "99 %", "99.9 %", "most memory, MB", "server, % of a processor", "refused/s"],
      rows: [line("alone", "without"), line("under attack", "with")],
      notes: [
        `Throughput ${digits(ratio(({ throughput }) => throughput))} of that alone (at least ${targets.throughput}: ${verdict(ratio(({ throughput }) => throughput) >= targets.throughput)}), ` +
          `p99 ${digits(ratio(({ p99 }) => p99))} times (at most ${targets.p99}: ${verdict(ratio(({ p99 }) => p99) <= targets.p99)}), ` +
          `memory ${digits(most)} MB (at most ${digits(bound)}: ${verdict(most <= bound)}).`,
        `Attackers, last round: ${did.malformed} pieces of malformed input, ${did.connections} connections, ${did.events} events, readers given up ${did.given_up} times, ${digits(did.processor_seconds)} s of processor time.`,
      ],
      measured,
    };
  },
};
