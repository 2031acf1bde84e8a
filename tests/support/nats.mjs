// Starts real NATS servers with JetStream for tests: on free ports, in directories of their own, ended with the test, even if that
// is killed. SIGNALING_NATS_SERVER names another binary than the nats-server of the distribution.

import net from "node:net";
import path from "node:path";
import { rmSync, writeFileSync } from "node:fs";

import { makeCertificates } from "./certificates.mjs";
import { freePort, temporaryDirectory } from "./redis.mjs";
import { eventually, sleep } from "./server.mjs";
import { ServiceProcess } from "./service_process.mjs";

const binary = process.env.SIGNALING_NATS_SERVER ?? "nats-server";

export class NatsServer {
  /**
   * @param {object} [options]
   * @param {"tcp" | "tls"} [options.over]
   * @param {string} [options.password]   of the user "signaling"
   * @param {"memory" | "file"} [options.storage]  what the adapter is told
   */
  static async start(options = {}) {
    for (let attempt = 0; ; attempt++) {
      const server = new NatsServer(options);
      server.port = await freePort();
      server.configure();
      try {
        await server.run();
        return server;
      } catch (error) {
        // Somebody else took the port in between.
        if (attempt >= 5 || !/in use/i.test(server.output)) throw error;
      }
    }
  }

  constructor({ over = "tcp", password, storage = "memory" }) {
    Object.assign(this, { over, password, storage });
    this.directory = temporaryDirectory();
  }

  configure() {
    const lines = [`listen: "127.0.0.1:${this.port}"`, `jetstream { store_dir: ${JSON.stringify(path.join(this.directory, "js"))} }`];
    if (this.password) lines.push(`authorization { user: signaling, password: ${JSON.stringify(this.password)} }`);
    if (this.over === "tls") {
      this.certificates ??= makeCertificates(this.directory);
      const { caFile, certFile, keyFile } = this.certificates;
      lines.push(`tls { cert_file: ${JSON.stringify(certFile)}, key_file: ${JSON.stringify(keyFile)}, ca_file: ${JSON.stringify(caFile)} }`);
    }
    this.configFile = path.join(this.directory, "nats.conf");
    writeFileSync(this.configFile, `${lines.join("\n")}\n`);
  }

  /** Starts the process and waits until it listens; also after `kill`, on the same port, with what is in its files. */
  async run() {
    this.process = new ServiceProcess(binary, ["-c", this.configFile]);
    await eventually(`${binary} is ready`, async () => {
      if (this.end) throw new Error(`${binary} ended at start (${JSON.stringify(this.end)}):\n${this.output}`);
      if (/Server is ready/.test(this.output) && (await this.#accepts())) return true;
      await sleep(20);
      return false;
    }, 10_000);
  }

  /** How it ended; undefined while it runs. */
  get end() {
    return this.process.end;
  }

  get output() {
    return this.process?.output ?? "";
  }

  #accepts() {
    return new Promise((resolve) => {
      const socket = net.connect({ host: "127.0.0.1", port: this.port });
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
  }

  /** What `[plugins.nats_adapter]` needs to use this server. */
  get settings() {
    return {
      url: `${this.over === "tls" ? "tls" : "nats"}://127.0.0.1:${this.port}`,
      storage: this.storage,
      ...(this.password ? { username: "signaling", password: this.password } : {}),
      ...(this.over === "tls" ? { tls_ca_file: this.certificates.caFile } : {}),
    };
  }

  pause() {
    this.process.pause();
  }

  resume() {
    this.process.resume();
  }

  async kill() {
    await this.process.kill();
  }

  async stop() {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
