// Entry of the page: the form, the buttons, and what happens between joining and leaving.

import { closeMedia, openMedia } from "./media.js";
import { RoomSession } from "./room_session.js";
import * as view from "./view.js";

const element = (id) => document.getElementById(id);
const address = new URL(location.href);

let session = null;
let stream = null;

element("name").value = address.searchParams.get("name") ?? localStorage.getItem("name") ?? "";
element("room").value = address.searchParams.get("room") ?? suggestedRoom();

element("join-form").addEventListener("submit", (event) => {
  event.preventDefault();
  join();
});
element("leave").addEventListener("click", leave);
element("toggle-microphone").addEventListener("click", () => view.toggleTrack(stream, "audio"));
element("toggle-camera").addEventListener("click", () => view.toggleTrack(stream, "video"));
element("copy-link").addEventListener("click", copyLink);
element("chat-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sendMessage();
});
// Leaving the page tells the others at once; without it they would wait for the heartbeat to miss us.
addEventListener("pagehide", () => session?.close());

async function join() {
  const room = element("room").value.trim();
  const name = element("name").value.trim() || "Guest";
  if (!room) return;
  element("join").disabled = true;
  view.showNotice("");
  try {
    const io = await loadClient();
    const media = await openMedia({ camera: element("want-camera").checked, microphone: element("want-microphone").checked });
    stream = media.stream;
    if (media.note) view.showNotice(media.note);
    localStorage.setItem("name", element("name").value.trim());
    address.searchParams.set("room", room);
    history.replaceState(null, "", address);
    enter(io, room, name);
  } catch (error) {
    view.showNotice(error.message, "error");
  } finally {
    element("join").disabled = false;
  }
}

// The official client, from the same server. Loaded when it is wanted, so that the page can say what is wrong if it is not there.
async function loadClient() {
  try {
    return (await import("/socket.io/socket.io.esm.min.js")).io;
  } catch {
    throw new Error("The Socket.IO client could not be loaded from this server (/socket.io/socket.io.esm.min.js). Is its bundle installed there?");
  }
}

function enter(io, room, name) {
  session = new RoomSession({ io, room, name, stream });
  session.addEventListener("status", ({ detail }) => view.showStatus(detail));
  session.addEventListener("transport", ({ detail }) => view.showTransport(detail));
  session.addEventListener("joined", ({ detail }) => view.showIdentity(detail.id));
  session.addEventListener("lost", ({ target }) => {
    if (target !== session) return;
    view.showIdentity(null);
    view.showTransport({ name: "–", upgraded: false });
    view.showPeople(session);
  });
  session.addEventListener("peers", ({ target }) => target === session && view.showPeople(target));
  session.addEventListener("stream", ({ detail }) => view.showStream(detail.id, detail.stream));
  session.addEventListener("message", ({ detail }) => onMessage(detail));
  session.addEventListener("problem", ({ detail }) => {
    if (detail.fatal) leave();
    view.showNotice(detail.text, "error");
  });
  view.clearMessages();
  view.showRoom(room);
  view.showOwnMedia(stream, name);
  view.showPeople(session);
  view.showStage("call");
  session.open();
}

function leave() {
  const left = session;
  session = null;
  left?.close();
  closeMedia(stream);
  stream = null;
  view.showOwnMedia(null, "");
  view.showIdentity(null);
  view.showTransport({ name: "–", upgraded: false });
  view.showRoom(null);
  view.showNotice("");
  view.showStatus({ state: "idle", text: "not connected" });
  view.showStage("lobby");
}

function onMessage({ from, data }) {
  if (typeof data?.text !== "string") return;
  view.addMessage({ name: session.peers.get(from)?.name ?? "Guest", text: data.text.slice(0, 2000), own: false });
}

async function sendMessage() {
  const field = element("chat-text");
  const text = field.value.trim();
  if (!text || !session) return;
  try {
    await session.sendMessage(text);
    field.value = "";
    view.addMessage({ name: session.name, text, own: true });
  } catch (error) {
    view.showNotice(`The message was not sent: ${error.message}`, "error");
  }
}

async function copyLink() {
  const link = new URL(location.href);
  link.searchParams.delete("name");
  try {
    await navigator.clipboard.writeText(link.href);
    view.showNotice("Link copied: whoever opens it joins this room.");
  } catch {
    view.showNotice(`Share this link: ${link.href}`);
  }
}

function suggestedRoom() {
  const words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper", "lagoon", "meadow"];
  const pick = () => words[Math.floor(Math.random() * words.length)];
  return `${pick()}-${pick()}-${Math.floor(Math.random() * 900 + 100)}`;
}
