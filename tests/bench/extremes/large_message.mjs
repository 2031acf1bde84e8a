// One message of a megabyte, by what it holds and who gets it: how long it keeps the event loop from everybody else.

import { eventually, sleep, within } from "../../support/server.mjs";
import { withServerApart } from "./apart.mjs";
import { Bystander } from "./bystander.mjs";
import { Client, Crowd } from "./crowd.mjs";
import { LoopTimes, samplesOf } from "./loop_times.mjs";
import { startOne } from "./servers.mjs";
import { digits, medianOf } from "./table.mjs";

// As long as fits into engine.max_payload_bytes (1,000,000) with what stands around it.
const size = 999_900;
const fill = (piece) => piece.repeat(Math.floor(size / Buffer.byteLength(piece)));
/** Words that no compressor knows, the same each time. */
function words() {
  let random = 1;
  let out = "";
  while (out.length < size) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    out += `${random.toString(36)} `;
  }
  return out.slice(0, size);
}
const text = { name: "text", data: `"${words()}"` };
const payloads = [
  text,
  { name: "text, two bytes a character", data: `"${fill("é")}"` },
  { name: "text, all escapes", data: `"${fill("\\u0041")}"` },
  { name: "JSON of small objects", data: `[${fill('{"a":[1,2.5e3,null],"b":"c"},')}0]` },
];

const event = (data) => `{"room":"large","data":${data}}`;

/** Sends what `send` sends while a bystander asks; over when `isThere`. */
async function measureOnce(server, bystander, { send, isThere }) {
  const times = await LoopTimes.begin(server);
  await bystander.begin();
  const there = isThere();
  send();
  await within(20_000, "the message arrives", there);
  await sleep(20);
  return { ...(await bystander.end()), ...(await times.end()) };
}

/** Rounds of one payload to `receivers` of the room. */
async function overWebSocket(server, bystander, receivers, data, rounds) {
  const sender = await Client.open(server, "127.0.0.8");
  const crowd = await Crowd.open(server, receivers);
  try {
    await sender.connect();
    for (const client of [sender, ...crowd.clients]) await client.request("join", "large");
    const measured = [];
    for (let round = 0; round < rounds; round++) {
      const isThere = () => Promise.all(crowd.clients.map((client) => new Promise((resolve) => {
        client.onEvent = (got) => got.length > size / 2 && resolve();
      })));
      measured.push(await measureOnce(server, bystander, { send: () => sender.emit("message", event(data)), isThere }));
    }
    return measured;
  } finally {
    sender.socket.terminate();
    await crowd.drop();
    await eventually("the room is empty", async () => (await samplesOf(server)).get("signaling_sockets") <= 1, 10_000);
  }
}

/** A polling client that takes gzip, as browsers do. */
class PollingReceiver {
  static async open(server) {
    const client = new PollingReceiver();
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    client.request = async (query, body) => {
      const response = await fetch(url + query, { method: body ? "POST" : "GET", body, signal: AbortSignal.timeout(20_000) });
      if (response.status !== 200) throw new Error(`polling: ${response.status} ${await response.text()}`);
      return { body: await response.text(), coding: response.headers.get("content-encoding") ?? "none" };
    };
    const { sid } = JSON.parse((await client.request("")).body.slice(1));
    client.query = `&sid=${sid}`;
    await client.request(client.query, "40");
    await client.poll();
    await client.request(client.query, '421["join",{"room":"large"}]');
    await client.poll();
    return client;
  }

  poll() {
    return this.request(this.query);
  }
}

async function overPolling(server, bystander, rounds) {
  const sender = await Client.open(server, "127.0.0.8");
  try {
    await sender.connect();
    await sender.request("join", "large");
    const receiver = await PollingReceiver.open(server);
    const measured = [];
    let coding;
    for (let round = 0; round < rounds; round++) {
      const poll = receiver.poll();
      const isThere = async () => {
        const got = await poll;
        if (got.body.length < size / 2) throw new Error(`another packet came: ${got.body.slice(0, 100)}`);
        ({ coding } = got);
      };
      measured.push(await measureOnce(server, bystander, { send: () => sender.emit("message", event(text.data)), isThere }));
    }
    await receiver.request(receiver.query, "1");
    return { measured, coding };
  } finally {
    sender.socket.terminate();
  }
}

export const largeMessage = {
  name: "large-message",
  group: "extremes",
  async run({ quick, rounds }) {
    const times = quick ? 3 : 2 * rounds + 1;
    const measured = await withServerApart(startOne(), async (server) => {
      const bystander = await Bystander.open(server);
      try {
        const results = [];
        for (const { name, data } of payloads) results.push({ name: `${name}, to one`, rounds: await overWebSocket(server, bystander, 1, data, times) });
        for (const receivers of [10, 50]) results.push({ name: `text, to ${receivers}`, rounds: await overWebSocket(server, bystander, receivers, text.data, times) });
        const polling = await overPolling(server, bystander, times);
        results.push({ name: `text, to one that polls (Content-Encoding: ${polling.coding})`, rounds: polling.measured });
        return results;
      } finally {
        await bystander.close();
      }
    });
    const most = (own, pick) => Math.max(...own.map(pick));
    return {
      title: "A message of one megabyte",
      text: `As long as \`engine.max_payload_bytes\` lets through, in a room of otherwise quiet clients, ${times} times each; one event loop, which has a processor for itself. The longest turn is the server's own metric,` +
        " `signaling_loop_longest_turn_seconds`; the bystander asks each millisecond. Milliseconds. Target: no turn longer than 2 ms.",
      head: ["message", "longest turn, median", "most", "work in all, median", "bystander's longest wait, median", "most", "met"],
      rows: measured.map(({ name, rounds: own }) => [name, digits(medianOf(own, ({ longest_ms }) => longest_ms)), digits(most(own, ({ longest_ms }) => longest_ms)),
        digits(medianOf(own, ({ busy_ms }) => busy_ms)), digits(medianOf(own, ({ most_ms }) => most_ms)), digits(most(own, ({ most_ms }) => most_ms)),
        medianOf(own, ({ longest_ms }) => longest_ms) <= 2 ? "yes" : "**no**"]),
      measured,
    };
  },
};
