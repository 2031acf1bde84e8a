//! The events of plugins/webrtc_signaling on socketioxide, as one would write them there: what the benchmark measures the
//! server against. One node, one thread. Prints "listening on 127.0.0.1:PORT" and "ready".
//!
//! Where the idiom makes it cheaper than the plugin, it stays cheaper: members and their metadata are in one map of the
//! application, and `data` passes through as a parsed value (numbers may come out in another notation).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use socketioxide::extract::{AckSender, SocketRef, State, TryData};
use socketioxide::socket::Sid;
use socketioxide::SocketIo;

const MAX_ROOM_NAME_BYTES: usize = 128;
const MAX_METADATA_BYTES: usize = 4096;
const MAX_PEERS: usize = 1000;
const MAX_ROOMS: usize = 32;

/// Members of every room, with their metadata.
#[derive(Clone, Default)]
struct Rooms(Arc<Mutex<HashMap<String, HashMap<Sid, Value>>>>);

#[derive(Deserialize)]
struct Join {
    room: String,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Leave {
    room: String,
}

#[derive(Deserialize)]
struct Signal {
    room: String,
    to: String,
    data: Value,
}

#[derive(Deserialize)]
struct Message {
    room: String,
    data: Value,
}

#[derive(Serialize)]
struct Peer {
    id: Sid,
    metadata: Value,
}

#[derive(Serialize)]
struct PeerJoined<'a> {
    room: &'a str,
    peer: Peer,
}

#[derive(Serialize)]
struct PeerLeft<'a> {
    room: &'a str,
    id: Sid,
    reason: &'a str,
}

#[derive(Serialize)]
struct Relayed {
    room: String,
    from: Sid,
    data: Value,
}

#[derive(Serialize)]
struct Done {
    ok: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Joined<'a> {
    ok: bool,
    room: &'a str,
    id: Sid,
    peers: Vec<Peer>,
    ice_servers: [Value; 0],
}

#[derive(Serialize)]
struct Refusal {
    ok: bool,
    error: RefusalError,
}

#[derive(Serialize)]
struct RefusalError {
    code: &'static str,
    message: String,
}

fn refusal(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { ok: false, error: RefusalError { code, message: message.into() } }
}

fn done(ack: AckSender, outcome: Result<(), Refusal>) {
    // The client may be gone.
    let _ = match outcome {
        Ok(()) => ack.send(&Done { ok: true }),
        Err(refused) => ack.send(&refused),
    };
}

fn parsed<T, E: std::fmt::Display>(request: Result<T, E>, room: impl Fn(&T) -> &str) -> Result<T, Refusal> {
    let request = request.map_err(|error| refusal("invalid", error.to_string()))?;
    match room(&request).len() {
        0 => Err(refusal("invalid", "room must not be empty")),
        length if length > MAX_ROOM_NAME_BYTES => Err(refusal("invalid", format!("room is longer than {MAX_ROOM_NAME_BYTES} bytes"))),
        _ => Ok(request),
    }
}

impl Rooms {
    /// Puts `id` into the room. Gives the others, and whether it was there before.
    fn enter(&self, room: &str, id: Sid, metadata: Value) -> Result<(Vec<Peer>, bool), Refusal> {
        let mut rooms = self.0.lock().unwrap();
        let members = rooms.entry(room.to_owned()).or_default();
        let was_member = members.contains_key(&id);
        if !was_member && members.len() >= MAX_PEERS {
            return Err(refusal("room-full", format!("at most {MAX_PEERS} peers")));
        }
        members.insert(id, metadata);
        let peers = members.iter().filter(|(other, _)| **other != id).map(|(id, metadata)| Peer { id: *id, metadata: metadata.clone() });
        Ok((peers.collect(), was_member))
    }

    fn holds(&self, room: &str, id: Sid) -> bool {
        self.0.lock().unwrap().get(room).is_some_and(|members| members.contains_key(&id))
    }

    fn check_member(&self, room: &str, id: Sid) -> Result<(), Refusal> {
        if self.holds(room, id) { Ok(()) } else { Err(refusal("not-in-room", "you are not in this room")) }
    }

    fn remove(&self, room: &str, id: Sid) {
        let mut rooms = self.0.lock().unwrap();
        if let Some(members) = rooms.get_mut(room) {
            members.remove(&id);
            if members.is_empty() {
                rooms.remove(room);
            }
        }
    }
}

async fn try_join<E: std::fmt::Display>(socket: &SocketRef, request: Result<Join, E>, rooms: &Rooms) -> Result<(String, Vec<Peer>), Refusal> {
    let Join { room, metadata } = parsed(request, |join| &join.room)?;
    if !metadata.is_null() && serde_json::to_string(&metadata).map_or(0, |text| text.len()) > MAX_METADATA_BYTES {
        return Err(refusal("invalid", format!("metadata is longer than {MAX_METADATA_BYTES} bytes")));
    }
    if socket.rooms().len() >= MAX_ROOMS && !rooms.holds(&room, socket.id) {
        return Err(refusal("too-many-rooms", format!("at most {MAX_ROOMS} rooms")));
    }
    let (peers, was_member) = rooms.enter(&room, socket.id, metadata.clone())?;
    socket.join(room.clone());
    let event = if was_member { "peer-updated" } else { "peer-joined" };
    let _ = socket.to(room.clone()).emit(event, &PeerJoined { room: &room, peer: Peer { id: socket.id, metadata } }).await;
    Ok((room, peers))
}

async fn on_join(socket: SocketRef, TryData(request): TryData<Join>, ack: AckSender, State(rooms): State<Rooms>) {
    let _ = match try_join(&socket, request, &rooms).await {
        Ok((room, peers)) => ack.send(&Joined { ok: true, room: &room, id: socket.id, peers, ice_servers: [] }),
        Err(refused) => ack.send(&refused),
    };
}

async fn leave_room(socket: &SocketRef, room: &str, rooms: &Rooms, reason: &str) {
    rooms.remove(room, socket.id);
    let _ = socket.to(room.to_owned()).emit("peer-left", &PeerLeft { room, id: socket.id, reason }).await;
    socket.leave(room.to_owned());
}

async fn on_leave(socket: SocketRef, TryData(request): TryData<Leave>, ack: AckSender, State(rooms): State<Rooms>) {
    let checked = parsed(request, |leave| &leave.room).and_then(|leave| rooms.check_member(&leave.room, socket.id).map(|()| leave.room));
    let outcome = match checked {
        Ok(room) => Ok(leave_room(&socket, &room, &rooms, "left").await),
        Err(refused) => Err(refused),
    };
    done(ack, outcome);
}

fn try_signal<E: std::fmt::Display>(io: &SocketIo, socket: &SocketRef, request: Result<Signal, E>, rooms: &Rooms) -> Result<(), Refusal> {
    let Signal { room, to, data } = parsed(request, |signal| &signal.room)?;
    rooms.check_member(&room, socket.id)?;
    let gone = || refusal("peer-unavailable", "no such peer in this room");
    let target = to.parse::<Sid>().ok().filter(|id| rooms.holds(&room, *id)).and_then(|id| io.get_socket(id)).ok_or_else(gone)?;
    target.emit("signal", &Relayed { room, from: socket.id, data }).map_err(|_| gone())
}

async fn on_signal(io: SocketIo, socket: SocketRef, TryData(request): TryData<Signal>, ack: AckSender, State(rooms): State<Rooms>) {
    done(ack, try_signal(&io, &socket, request, &rooms));
}

async fn on_message(socket: SocketRef, TryData(request): TryData<Message>, ack: AckSender, State(rooms): State<Rooms>) {
    let checked = parsed(request, |message| &message.room).and_then(|message| rooms.check_member(&message.room, socket.id).map(|()| message));
    let outcome = match checked {
        Ok(Message { room, data }) => {
            let _ = socket.to(room.clone()).emit("message", &Relayed { room, from: socket.id, data }).await;
            Ok(())
        }
        Err(refused) => Err(refused),
    };
    done(ack, outcome);
}

async fn on_disconnect(socket: SocketRef, State(rooms): State<Rooms>) {
    for room in socket.rooms() {
        leave_room(&socket, &room, &rooms, "disconnected").await;
    }
}

async fn on_connect(socket: SocketRef) {
    socket.on("join", on_join);
    socket.on("leave", on_leave);
    socket.on("signal", on_signal);
    socket.on("message", on_message);
    socket.on_disconnect(on_disconnect);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let (layer, io) = SocketIo::builder().with_state(Rooms::default()).build_layer();
    io.ns("/", on_connect);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}\nready", listener.local_addr()?);
    use axum::serve::ListenerExt;
    // As the others do: small packets go out at once.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, axum::Router::new().layer(layer)).await
}
