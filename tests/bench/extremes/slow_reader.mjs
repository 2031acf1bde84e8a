// A member of a room that stops reading, and what the others notice of it.

import { eventually, sleep } from "../../support/server.mjs";
import { runLoad } from "../load_process.mjs";
import { Client } from "./crowd.mjs";
import { samplesOf } from "./loop_times.mjs";
import { startOne, withServer } from "./servers.mjs";
import { digits, medianOf } from "./table.mjs";

const watched = /^signaling_(sessions_closed_total|limits_reached_total|engine_drops_total|drops_total)/;
const queued = 'signaling_queued_bytes{queue="kernel"}';
const members = { scenario: "fanout", clients: 10, "room-size": 10, bytes: 4096, mode: "open", rate: 1000 };

/** Joins the others' room, reads nothing from then on until the server has given it up, and comes again, until `isOver`. */
async function readNothing(server, isOver) {
  let times = 0;
  while (!isOver()) {
    const client = await Client.open(server, "127.0.0.9");
    try {
      await client.connect();
      await client.request("join", "bench-0");
      client.socket.pause();
      const before = await closedBySessions(server);
      // Nothing tells a process that does not read: the server's own count does.
      while (!isOver() && (await closedBySessions(server)) === before) await sleep(20);
      if (!isOver()) times++;
    } finally {
      client.socket.terminate();
    }
    await eventually("the one that was given up is gone", async () => (await samplesOf(server)).get("signaling_sockets") <= members.clients, 10_000);
  }
  return times;
}

async function closedBySessions(server) {
  return [...(await samplesOf(server))].filter(([name]) => name.startsWith("signaling_sessions_closed_total{")).reduce((total, [, value]) => total + value, 0);
}

async function measureOnce(load, { hasSlow, seconds }) {
  return withServer(startOne(), async (server) => {
    const before = await samplesOf(server);
    let isOver = false;
    let mostQueued = 0;
    const watch = (async () => {
      for (; !isOver; await sleep(20)) mostQueued = Math.max(mostQueued, (await samplesOf(server)).get(queued) ?? 0);
    })();
    let slow = Promise.resolve(0);
    let after;
    const args = Object.entries({ ports: server.port, ...members, warmup: 1, seconds }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const result = await runLoad(load, args, {
      timeout: (seconds + 30) * 1000,
      on: {
        ready: () => {
          if (hasSlow) slow = readNothing(server, () => isOver);
        },
        end: () => {
          after = samplesOf(server);
          isOver = true;
        },
      },
    }).finally(() => {
      isOver = true;
    });
    const [times, samples] = [await slow, await after, await watch];
    if (result.errors > 0 || result.lost > 0) throw new Error(`${result.errors} errors, ${result.lost} deliveries lost`);
    const counted = [...samples].filter(([name, value]) => watched.test(name) && value > (before.get(name) ?? 0)).map(([name, value]) => `${name} +${value - (before.get(name) ?? 0)}`);
    return { ...result.latency_us, deliveries: result.deliveries, times, mostQueued, counted };
  });
}

export const slowReader = {
  name: "slow-reader",
  group: "extremes",
  async run({ load, quick, rounds }) {
    const seconds = quick ? 2 : 5;
    const measured = { without: [], with: [] };
    for (let round = 0; round < Math.min(rounds, 5); round++) {
      measured.without.push(await measureOnce(load, { hasSlow: false, seconds }));
      measured.with.push(await measureOnce(load, { hasSlow: true, seconds }));
    }
    const line = (name, key) => {
      const own = measured[key];
      return [name, ...["p50", "p90", "p99", "p999", "max"].map((quantile) => digits(medianOf(own, (round) => round[quantile]))), digits(medianOf(own, ({ times }) => times)),
        digits(Math.max(...own.map(({ mostQueued }) => mostQueued)) / 1e6)];
    };
    return {
      title: "One reader that stops reading",
      text: "A room of 10 gets 1,000 messages of 4 KB a second (open load, 5 s); with an eleventh member that reads nothing, and comes again when the server has closed it." +
        " Latency of the ten in microseconds, medians over the rounds.",
      head: ["room", "50 %", "90 %", "99 %", "99.9 %", "most", "given up, times", "most queued, MB"],
      rows: [line("all read", "without"), line("one does not", "with")],
      notes: [`What becomes of the slow one: its session is closed when \`engine.max_send_queue_bytes\` (4 MB) wait for it beside what the kernel took. Counted in the last round: ${measured.with.at(-1).counted.map((text) => `\`${text}\``).join(", ") || "nothing"}.`],
      measured,
    };
  },
};
