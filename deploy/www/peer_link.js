// One peer connection, by the "perfect negotiation" pattern (WebRTC 1.0, section 10.7): both sides may offer at any time;
// where two offers cross, the polite side gives way.

export class PeerLink extends EventTarget {
  /**
   * Events: `state` (detail: connection state), `stream` (detail: the remote MediaStream).
   * @param {object} options
   * @param {string} options.id        the other side's socket id
   * @param {boolean} options.polite   exactly one of the two sides is
   * @param {boolean} options.initiate whether this side makes the first offer; the newcomer of a room does
   * @param {RTCIceServer[]} options.iceServers
   * @param {MediaStream | null} options.stream  what to send
   * @param {(data: object) => void} options.send  carries `{description}` or `{candidate}` to the other side
   */
  constructor({ id, polite, initiate, iceServers, stream, send }) {
    super();
    this.id = id;
    this.polite = polite;
    this.remoteStream = new MediaStream();
    this.#stream = stream;
    this.#send = send;
    this.#connection = new RTCPeerConnection({ iceServers });

    const connection = this.#connection;
    connection.onnegotiationneeded = () => this.#offer();
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.#send({ candidate: candidate.toJSON() });
    };
    connection.ontrack = ({ track }) => this.#onTrack(track);
    connection.onconnectionstatechange = () => this.#onConnectionState();
    if (initiate) this.#addLocalTracks(true);
  }

  get state() {
    return this.#connection.connectionState;
  }

  /** Takes what the other side sent. Messages are handled one after the other, in the order they came. */
  receive(data) {
    this.#inbox = this.#inbox.then(() => this.#handle(data)).catch((error) => {
      if (!this.#closed) console.warn("signal from", this.id, error);
    });
    return this.#inbox;
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#restartTimer);
    this.#connection.close();
  }

  #stream;
  #send;
  #connection;
  #inbox = Promise.resolve();
  #makingOffer = false;
  #ignoreOffer = false;
  #localTracksAdded = false;
  #closed = false;
  #restartTimer;

  // The first offerer asks for both kinds of media even where it sends none, so that one who has no camera sees the others.
  // The answerer's tracks take the transceivers that the offer made.
  #addLocalTracks(asOfferer) {
    if (this.#localTracksAdded) return;
    this.#localTracksAdded = true;
    for (const kind of ["audio", "video"]) {
      const track = this.#stream?.getTracks().find((candidate) => candidate.kind === kind);
      if (track) this.#connection.addTrack(track, this.#stream);
      else if (asOfferer) this.#connection.addTransceiver(kind, { direction: "recvonly" });
    }
  }

  async #offer() {
    try {
      this.#makingOffer = true;
      await this.#connection.setLocalDescription();
      this.#send({ description: this.#connection.localDescription.toJSON() });
    } catch (error) {
      if (!this.#closed) console.warn("offer to", this.id, error);
    } finally {
      this.#makingOffer = false;
    }
  }

  async #handle(data) {
    if (this.#closed || data === null || typeof data !== "object") return;
    const connection = this.#connection;
    const { description, candidate } = data;
    if (description) {
      const collides = description.type === "offer" && (this.#makingOffer || connection.signalingState !== "stable");
      this.#ignoreOffer = !this.polite && collides;
      if (this.#ignoreOffer) return;
      await connection.setRemoteDescription(description);  // rolls our own offer back where the two collide
      if (description.type === "offer") {
        this.#addLocalTracks(false);
        await connection.setLocalDescription();
        this.#send({ description: connection.localDescription.toJSON() });
      }
    } else if (candidate) {
      try {
        await connection.addIceCandidate(candidate);
      } catch (error) {
        if (!this.#ignoreOffer) throw error;  // candidates of an offer that was ignored do not fit: no error
      }
    }
  }

  #onTrack(track) {
    this.remoteStream.addTrack(track);
    track.addEventListener("ended", () => this.remoteStream.removeTrack(track));
    for (const change of ["mute", "unmute", "ended"]) track.addEventListener(change, () => this.#announceStream());
    this.#announceStream();
  }

  #announceStream() {
    this.dispatchEvent(new CustomEvent("stream", { detail: this.remoteStream }));
  }

  #onConnectionState() {
    const state = this.state;
    // One side alone starts anew, else two restarts collide; the other gets the offer.
    if (state === "failed" && !this.polite) {
      clearTimeout(this.#restartTimer);
      this.#restartTimer = setTimeout(() => this.#closed || this.#connection.restartIce(), 1000);
    }
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
