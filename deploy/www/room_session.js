// One client in one room: the Socket.IO connection, the members, and a peer link to each.
// What goes over the wire is the signaling protocol: join, leave, signal, message, peer-joined, peer-left, peer-updated.

import { PeerLink } from "./peer_link.js";

const ANSWER_TIMEOUT_MS = 8000;

export class RoomSession extends EventTarget {
  /**
   * Events: `status` ({state, text}), `joined` ({id}), `lost` (the connection; `id` is undefined until the next one),
   * `transport` ({name, upgraded}), `peers`, `stream` ({id, stream}), `message` ({from, data}), `problem` ({text, fatal}).
   * @param {object} options
   * @param {Function} options.io    the official client's `io`
   * @param {string} options.room
   * @param {string} options.name
   * @param {MediaStream | null} options.stream
   */
  constructor({ io, room, name, stream }) {
    super();
    this.room = room;
    this.name = name;
    /** Members other than this client, by id, in order of entry: {id, name, link, state}. */
    this.peers = new Map();
    this.#stream = stream;
    this.#socket = io({ autoConnect: false });
    this.#listen();
  }

  get id() {
    return this.#socket.id;
  }

  open() {
    this.#say("status", { state: "connecting", text: "connecting" });
    this.#socket.connect();
  }

  /** Tells the room good-bye and closes the connection. */
  close() {
    this.#closed = true;
    this.#dropLinks();
    if (this.#socket.connected) this.#socket.emit("leave", { room: this.room });
    this.#socket.disconnect();
  }

  /** Resolves once the server has taken the message. */
  async sendMessage(text) {
    await this.#request("message", { room: this.room, data: { text } });
  }

  #socket;
  #stream;
  #iceServers = [];
  #closed = false;

  #listen() {
    const socket = this.#socket;
    const manager = socket.io;
    manager.on("open", () => {
      const { engine } = manager;
      this.#say("transport", { name: engine.transport.name, upgraded: false });
      engine.once("upgrade", (transport) => this.#say("transport", { name: transport.name, upgraded: true }));
    });
    manager.on("reconnect_attempt", (attempt) => this.#say("status", { state: "connecting", text: `reconnecting, attempt ${attempt}` }));

    // A new connection is a new member with a new id: whoever was linked to the old id links anew.
    socket.on("connect", () => this.#join());
    socket.on("connect_error", (error) => {
      if (!socket.active) this.#say("problem", { text: `The server refused the connection: ${error.message}`, fatal: true });
    });
    socket.on("disconnect", (reason) => {
      if (this.#closed) return;
      if (socket.active) {
        // A call goes on without a server, until the other side is told that we are gone; all are linked anew with the next join.
        this.#say("status", { state: "connecting", text: "connection lost, reconnecting" });
        this.#say("lost");
      } else {
        this.#say("problem", { text: `The server ended the connection (${reason}).`, fatal: true });
      }
    });

    socket.on("peer-joined", ({ room, peer }) => room === this.room && this.#addPeer(peer, false));
    socket.on("peer-updated", ({ room, peer }) => room === this.room && this.#addPeer(peer, false));
    socket.on("peer-left", ({ room, id }) => room === this.room && this.#removePeer(id));
    socket.on("signal", ({ room, from, data }) => room === this.room && this.#onSignal(from, data));
    socket.on("message", ({ room, from, data }) => room === this.room && this.#say("message", { from, data }));
  }

  async #join() {
    this.#dropLinks();
    this.#say("status", { state: "connecting", text: "joining" });
    let answer;
    try {
      answer = await this.#request("join", { room: this.room, metadata: { name: this.name } });
    } catch (error) {
      // A lost connection is told by `disconnect`, and joins again when it is back.
      if (this.#socket.connected) this.#say("problem", { text: `The room could not be joined: ${error.message}`, fatal: true });
      return;
    }
    this.#iceServers = answer.iceServers ?? [];
    for (const peer of answer.peers) this.#addPeer(peer, true);
    this.#say("status", { state: "connected", text: "connected" });
    this.#say("joined", { id: answer.id });
    this.#say("peers");
  }

  // The newcomer makes the offers: who was told of us by `peer-joined` waits for ours. Both may see each other as earlier
  // (two joins at once); then both offer, and the polite one gives way.
  #addPeer({ id, metadata }, initiate) {
    const peer = this.peers.get(id) ?? { id, name: "", link: null, state: "new" };
    peer.name = displayName(metadata, id);
    this.peers.set(id, peer);
    if (!peer.link) this.#link(peer, initiate);
    this.#say("peers");
    return peer;
  }

  #link(peer, initiate) {
    const link = new PeerLink({
      id: peer.id,
      polite: this.id < peer.id,
      initiate,
      iceServers: this.#iceServers,
      stream: this.#stream,
      send: (data) => this.#signal(peer.id, data),
    });
    peer.link = link;
    peer.state = link.state;
    link.addEventListener("state", ({ detail }) => {
      peer.state = detail;
      this.#say("peers");
    });
    link.addEventListener("stream", ({ detail }) => this.#say("stream", { id: peer.id, stream: detail }));
  }

  #onSignal(from, data) {
    // An offer may overtake the sender's `peer-joined`; anything else from a stranger belongs to one who has left.
    const peer = this.peers.get(from) ?? (data?.description?.type === "offer" ? this.#addPeer({ id: from }, false) : null);
    peer?.link.receive(data);
  }

  async #signal(to, data) {
    try {
      await this.#request("signal", { room: this.room, to, data });
    } catch (error) {
      // The target has left meanwhile; its `peer-left` is on its way.
      if (error.code !== "peer-unavailable" && this.#socket.connected) console.warn("signal to", to, error.message);
    }
  }

  #removePeer(id) {
    const peer = this.peers.get(id);
    if (!peer) return;
    peer.link.close();
    this.peers.delete(id);
    this.#say("peers");
  }

  #dropLinks() {
    for (const peer of this.peers.values()) peer.link.close();
    this.peers.clear();
    this.#say("peers");
  }

  async #request(event, argument) {
    const answer = await this.#socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck(event, argument);
    if (answer?.ok) return answer;
    const error = new Error(answer?.error?.message ?? "the server sent no proper answer");
    error.code = answer?.error?.code;
    throw error;
  }

  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** The first four characters of a socket id are the tag of the node that the socket is connected to. */
export function nodeTag(id) {
  return id.slice(0, 4);
}

function displayName(metadata, id) {
  const name = typeof metadata?.name === "string" ? metadata.name.trim().slice(0, 40) : "";
  return name || `Guest ${id.slice(-4)}`;
}
