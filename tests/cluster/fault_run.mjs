// One fault while 200 clients talk: what holds for every kind of fault is asked here, the fault itself is the test's.

import assert from "node:assert/strict";

import { Cluster, readiness } from "../support/cluster.mjs";
import { ask } from "../support/clients.mjs";
import { close, peerAt } from "../support/peers.mjs";
import { eventually, sleep, slowness } from "../support/server.mjs";
import { checkHistory } from "./history.mjs";
import { Talkers, now } from "./talkers.mjs";

export const lease = 4000 * slowness;
const clients = slowness > 1 ? 60 : 200;

export class FaultRun {
  /**
   * Starts nodes and talkers, lets `scenario` act, and checks everything that was recorded.
   * @param {object} options                      of Cluster.start
   * @param {(run: FaultRun) => Promise<void>} scenario
   */
  static async of(options, scenario) {
    const run = new FaultRun();
    run.faults = [];
    run.cluster = await Cluster.start({ nodes: 3, lease, ...options });
    try {
      run.talkers = await Talkers.start(run.cluster, { clients });
      await sleep(1500);
      await scenario(run);
      await run.finish();
    } catch (error) {
      const [node] = run.cluster.alive;
      if (node) error.message += `\n--- end of the log of node-${node.index}\n${node.output.slice(-4000)}`;
      throw error;
    } finally {
      run.talkers?.end();
      await run.cluster.abandon();
    }
  }

  /** From here until `over` messages between these nodes may be lost. @param {(a: string, b: string) => boolean} [affects] */
  begin(affects) {
    // What was on its way at that moment counts as well.
    const fault = { begin: now() - 50, end: Infinity, affects };
    this.faults.push(fault);
    return fault;
  }

  /** The nodes say that they are well again: nothing may be lost from now on. */
  async over(fault, { count, timeout = 15_000, nodes } = {}) {
    await sleep(300);  // for the nodes to notice that anything happened
    await this.cluster.agree({ count, timeout, nodes });
    fault.end = now();
  }

  /** Node says that it is degraded, and why. */
  async degraded(node, within = 5000) {
    return eventually(`node-${node.index} is degraded`, async () => {
      const state = await readiness(node);
      return state.status === "degraded" && state;
    }, within);
  }

  /** While the cluster is away: requests that need it are refused, soon, and local delivery goes on at full speed. */
  async checkWithout(nodes, { speed = 250, within } = {}) {
    for (const node of nodes) {
      const state = await this.degraded(node, within);
      assert.equal(state.code, 200);
      assert.ok(state.reasons.length > 0 && state.reasons.every((reason) => reason.length > 0), JSON.stringify(state));
    }
    const begin = now();
    for (const node of nodes) {
      const newcomer = await peerAt(node, { transports: ["websocket"] });
      const answer = await ask(newcomer, "join", { room: "elsewhere" });
      assert.deepEqual([answer.ok, answer.error?.code], [false, "unavailable"], JSON.stringify(answer));
      close(newcomer);
    }
    const asked = this.talkers.living.filter((member) => nodes.includes(member.node));
    const answers = await this.talkers.askAll(asked.slice(0, 20));
    for (const answer of answers) assert.deepEqual([answer?.ok, answer?.error?.code], [false, "unavailable"], JSON.stringify(answer));
    await sleep(1000 * slowness);  // talkers are as much slower
    const delays = this.talkers.localDelays(begin, now() - 300);
    assert.ok(delays.length > 10, `${delays.length} messages between clients of one node`);
    const late = delays[Math.floor(delays.length * 0.99)];
    assert.ok(late < speed * slowness, `99 of 100 local messages took up to ${late} ms`);
  }

  async finish() {
    const { talkers, cluster } = this;
    // A while of talk after the fault, with coming and going, then all lists.
    for (let i = 0; i < 10; i++) {
      const { living } = talkers;
      await talkers.replace(living[talkers.random(living.length)], cluster.randomNode());
    }
    await sleep(1500);
    const answers = await talkers.askAll();
    assert.ok(answers.every((answer) => answer?.ok), "every list is answered again");
    await talkers.quiet();
    await sleep(2000);
    talkers.record({ type: "over", at: now() });
    const faulty = checkHistory(talkers.events, { faults: this.faults, lostWithin: lease + 1000, grace: 1500 * slowness });
    const counts = {};
    for (const { kind } of faulty) counts[kind] = (counts[kind] ?? 0) + 1;
    const receipts = talkers.events.filter(({ type }) => type === "receive").length;
    console.log(`${talkers.members.length} clients, ${receipts} receipts, ${JSON.stringify(counts)}`);
    assert.deepEqual(faulty.slice(0, 10).map(({ kind, text }) => `${kind}: ${text}`), [],
      JSON.stringify({ ...counts, faults: this.faults.map(({ begin, end }) => [begin, end]) }));
    assert.deepEqual(talkers.failures.slice(0, 10), []);
    talkers.end();
    await cluster.stop();
  }
}
