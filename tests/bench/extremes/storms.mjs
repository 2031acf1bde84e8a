// Ten thousand clients that do the same at once. The server is stopped while they write, so that it finds all of it in its sockets
// in the same moment, and then goes on; meanwhile they read nothing, and one bystander asks something small each millisecond.

import { eventually, sleep, within } from "../../support/server.mjs";
import { withServerApart } from "./apart.mjs";
import { Bystander } from "./bystander.mjs";
import { Client, Crowd } from "./crowd.mjs";
import { LoopTimes, samplesOf } from "./loop_times.mjs";
import { startWithKitchen } from "./servers.mjs";
import { digits } from "./table.mjs";

const watched = 1500;  // milliseconds that the bystander asks

/** @param {() => Promise<unknown>} prepare  while the server is stopped @param {(samples: Map<string, number>) => boolean} isDone */
async function storm(server, bystander, { prepare = async () => {}, isDone = () => true }) {
  const times = await LoopTimes.begin(server);
  await server.pause();
  try {
    await prepare();
  } finally {
    server.resume();
  }
  await bystander.begin();
  await sleep(watched);
  const felt = await bystander.end();
  await eventually("the server has dealt with all of it", async () => isDone(await times.look()), 60_000);
  return { ...felt, ...(await times.end()) };
}

const gauge = async (server, name) => (await samplesOf(server)).get(name);

async function measure(clients) {
  return withServerApart(startWithKitchen(), async (server) => {
    const bystander = await Bystander.open(server);
    const quiet = await storm(server, bystander, {});
    const crowd = await Crowd.open(server, clients, ["", "/kitchen"]);
    try {
      let answers;
      const membersBefore = await gauge(server, "signaling_room_memberships");
      crowd.pause();
      const joined = await storm(server, bystander, {
        prepare: async () => {
          answers = crowd.clients.map((client, i) => client.request("join", `own-${i}`));
          for (const answer of answers) answer.catch(() => {});  // looked at below
        },
        isDone: (samples) => samples.get("signaling_room_memberships") - membersBefore >= clients,
      });
      crowd.resume();
      await within(60_000, "every join is acknowledged", Promise.all(answers));

      let received = 0;
      const all = new Promise((resolve) => {
        for (const client of crowd.clients) client.onEvent = () => ++received === clients && resolve();
      });
      const sender = await Client.open(server, "127.0.0.8");
      await sender.connect("/kitchen");
      const sentBefore = await gauge(server, "signaling_messages_sent_total");
      crowd.pause();
      const told = await storm(server, bystander, {
        prepare: async () => sender.emit("emit", `{"event":["all","${"x".repeat(64)}"]}`, "/kitchen"),
        isDone: (samples) => samples.get("signaling_messages_sent_total") - sentBefore >= clients,
      });
      crowd.resume();
      await within(60_000, "everybody has the broadcast", all);

      sender.socket.terminate();
      await eventually("the sender is gone", async () => (await gauge(server, "signaling_sockets")) === 2 * clients + 1, 10_000);
      const left = await storm(server, bystander, { prepare: () => crowd.drop(), isDone: (samples) => samples.get("signaling_sockets") <= 1 });
      return { quiet, joined, told, left };
    } finally {
      await crowd.drop();
      await bystander.close();
    }
  });
}

export const storms = {
  name: "storms",
  group: "extremes",
  async run({ quick, makeRoom }) {
    const clients = quick ? 1000 : 10_000;
    await makeRoom(clients);
    const { quiet, joined, told, left } = await measure(clients);
    const count = clients.toLocaleString("en");
    const line = (name, { longest_ms, over_2_ms, busy_ms, p50_ms, p99_ms, most_ms }) =>
      [name, digits(longest_ms), String(over_2_ms), digits(busy_ms), digits(p50_ms), digits(p99_ms), digits(most_ms)];
    return {
      title: "Many at once: how long the event loop is away",
      text: `One event loop, which has a processor for itself, ${count} clients whose packets (or ends of connections) are all there in the same moment. The longest turn is the server's own metric, ` +
        "`signaling_loop_longest_turn_seconds`; a bystander asks something small each millisecond. Milliseconds.",
      head: ["what", "longest turn", "turns over 2 ms", "work in all", "bystander 50 %", "99 %", "most"],
      rows: [
        line("nothing", quiet),
        line(`${count} rooms joined`, joined),
        line(`a broadcast to ${count} clients`, told),
        line(`${count} clients disconnect`, left),
      ],
      measured: { quiet, joined, told, left },
    };
  },
};
