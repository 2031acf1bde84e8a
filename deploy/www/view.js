// What is on the page. Names and messages come from other people: they are set as text, never as markup.

import { nodeTag } from "./room_session.js";

const element = (id) => document.getElementById(id);

export function showStage(stage) {
  document.body.dataset.stage = stage;
}

export function showStatus({ state, text }) {
  element("status").dataset.state = state;
  element("status-text").textContent = text;
}

/** @param {string} text  empty takes the notice away */
export function showNotice(text, kind = "info") {
  const notice = element("notice");
  notice.textContent = text;
  notice.dataset.kind = kind;
  notice.hidden = text === "";
}

export function showRoom(room) {
  const title = element("room-title");
  title.textContent = room ?? "";
  title.hidden = !room;
  document.title = room ? `${room} · Signaling` : "Signaling";
}

export function showIdentity(id) {
  element("own-id").textContent = id ?? "–";
  const node = element("own-node");
  node.textContent = id ? nodeTag(id) : "–";
  node.style.setProperty("--hue", hue(id ? nodeTag(id) : ""));
}

export function showTransport({ name, upgraded }) {
  const transport = element("transport");
  transport.dataset.transport = name;
  transport.textContent = upgraded ? `polling → ${name}` : name;
}

export function showOwnMedia(stream, name) {
  const tile = element("own-tile");
  element("own-video").srcObject = stream;
  paintTile(tile, `${name} (you)`, name, stream);
  setToggle("toggle-microphone", stream?.getAudioTracks()[0]);
  setToggle("toggle-camera", stream?.getVideoTracks()[0]);
}

function setToggle(id, track) {
  const button = element(id);
  button.disabled = !track;
  button.setAttribute("aria-pressed", String(Boolean(track?.enabled)));
}

/** Turns a kind of own media on or off. */
export function toggleTrack(stream, kind) {
  const track = stream?.getTracks().find((candidate) => candidate.kind === kind);
  if (!track) return;
  track.enabled = !track.enabled;
  setToggle(kind === "audio" ? "toggle-microphone" : "toggle-camera", track);
  if (kind === "video") element("own-tile").dataset.media = track.enabled ? "video" : "none";
}

/** Lays out the list of people and one tile for each of the others. */
export function showPeople(session) {
  const entries = [{ id: session.id, name: session.name, own: true }, ...session.peers.values()];
  element("people-count").textContent = String(entries.length);
  element("people").replaceChildren(...entries.map(personRow));

  const grid = element("grid");
  for (const tile of grid.querySelectorAll("[data-peer-id]")) {
    if (!session.peers.has(tile.dataset.peerId)) tile.remove();
  }
  for (const peer of session.peers.values()) {
    const tile = tileOf(peer.id) ?? addTile(peer.id);
    tile.dataset.state = peer.state;
    paintTile(tile, peer.name, peer.name, peer.link.remoteStream);
    tile.querySelector(".tile-state").textContent = peer.state === "connected" ? "" : stateText(peer.state);
  }
  grid.dataset.count = String(entries.length);
}

function personRow({ id, name, own, state }) {
  const row = document.createElement("li");
  row.dataset.peerId = id ?? "";
  row.dataset.state = !own ? state : id ? "own" : "connecting";
  const dot = span("dot");
  dot.setAttribute("aria-hidden", "true");
  const tag = span("tag", id ? nodeTag(id) : "–");
  tag.style.setProperty("--hue", hue(id ? nodeTag(id) : ""));
  tag.title = "tag of the node that this person is connected to";
  row.append(dot, span("person-name", own ? `${name} (you)` : name), span("person-state", !own ? stateText(state) : id ? "" : "connecting"), tag);
  return row;
}

function stateText(state) {
  return state === "new" ? "waiting" : state;
}

function tileOf(id) {
  return element("grid").querySelector(`[data-peer-id="${CSS.escape(id)}"]`);
}

function addTile(id) {
  const tile = document.createElement("figure");
  tile.className = "tile";
  tile.dataset.peerId = id;
  const video = document.createElement("video");
  video.autoplay = true;
  video.playsInline = true;
  const avatar = document.createElement("div");
  avatar.className = "avatar";
  avatar.setAttribute("aria-hidden", "true");
  const caption = document.createElement("figcaption");
  caption.append(span("tile-name"), span("tile-state"));
  tile.append(video, avatar, caption);
  element("grid").append(tile);
  return tile;
}

export function showStream(id, stream) {
  const tile = tileOf(id);
  if (!tile) return;
  const video = tile.querySelector("video");
  if (video.srcObject !== stream) video.srcObject = stream;
  video.play().catch((error) => {
    // A further track of the same stream interrupts a `play` that has not begun: that is no failure.
    if (error.name === "NotAllowedError") askForClick();
  });
  tile.dataset.media = mediaOf(stream);
}

// Browsers hold back sound until the page was touched; the click on Join was that, except after a reload by script.
function askForClick() {
  const text = "Click anywhere to hear the others.";
  showNotice(text);
  document.addEventListener("click", () => {
    for (const video of element("grid").querySelectorAll("video")) video.play().catch(() => {});
    if (element("notice").textContent === text) showNotice("");
  }, { once: true });
}

function paintTile(tile, caption, name, stream) {
  tile.dataset.media = mediaOf(stream);
  tile.style.setProperty("--hue", hue(name));
  tile.querySelector(".tile-name").textContent = caption;
  tile.querySelector(".avatar").textContent = [...name.trim()][0]?.toUpperCase() ?? "?";
}

function mediaOf(stream) {
  const flows = (track) => track.readyState === "live" && !track.muted && track.enabled;
  if (stream?.getVideoTracks().some(flows)) return "video";
  return stream?.getAudioTracks().some(flows) ? "audio" : "none";
}

/** @param {{name: string, text: string, own: boolean}} message */
export function addMessage({ name, text, own }) {
  const list = element("messages");
  const item = document.createElement("li");
  item.className = own ? "own" : "";
  const time = document.createElement("time");
  const now = new Date();
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const head = span("message-head");
  head.append(span("message-name", name), time);
  item.append(head, span("message-text", text));
  list.append(item);
  while (list.children.length > 500) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

export function clearMessages() {
  element("messages").replaceChildren();
}

function span(className, text = "") {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

// The same text gives the same colour on every screen.
function hue(text) {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)) % 3600;
  return String(hash / 10);
}
