// Two people meet on the page, in a real browser: real WebRTC, real Socket.IO client, the server's own page.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { buildDirectory, eventually, sleep, startServer } from "../support/server.mjs";
import { mediaOf, openBrowser, watchPeerConnections } from "./browser.mjs";

const screenshots = path.join(buildDirectory, "tests/screenshots");
let server;
let browser;

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  server = await startServer();
  browser = await openBrowser({ viewport: { width: 1280, height: 800 } });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function openPage(query, viewport) {
  const page = await browser.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
  await watchPeerConnections(page);
  if (viewport) await page.setViewportSize(viewport);
  await page.goto(`${server.url}/?${new URLSearchParams(query)}`);
  return page;
}

async function joinAs(name, room, { viewport, camera = true, microphone = true } = {}) {
  const page = await openPage({ room }, viewport);
  await page.fill("#name", name);
  if (!camera) await page.uncheck("#want-camera");
  if (!microphone) await page.uncheck("#want-microphone");
  await page.click("#join");
  await page.waitForSelector("#status[data-state=connected]");
  return page;
}

const text = (page, selector) => page.textContent(selector);

async function assertSeeEachOther(...pages) {
  for (const page of pages) {
    await page.waitForFunction(
      (others) => document.querySelectorAll("#people li[data-state=connected]").length === others, pages.length - 1);
    const early = await mediaOf(page);
    assert.deepEqual(new Set(early.states), new Set(["connected"]));
    await eventually("frames and sound flow", async () => {
      const now = await mediaOf(page);
      return now.framesDecoded > early.framesDecoded + 10 && now.audioPackets > early.audioPackets + 10;
    }, 15_000);
  }
}

test("two tabs see and hear each other", async () => {
  const ada = await joinAs("Ada", "atrium");
  const grace = await joinAs("Grace", "atrium");
  await assertSeeEachOther(ada, grace);

  // The page tells what is going on: own id, node, transport after the upgrade, and the other's name.
  await ada.waitForSelector("#transport[data-transport=websocket]");
  assert.equal(await text(ada, "#transport"), "polling → websocket");
  const id = await text(ada, "#own-id");
  assert.match(id, /^[\w-]{20}$/);
  assert.equal(await text(ada, "#own-node"), id.slice(0, 4));
  assert.equal(await text(grace, `#people li[data-peer-id="${id}"] .person-name`), "Ada");

  await ada.fill("#chat-text", "Hello <b>Grace</b>");
  await ada.press("#chat-text", "Enter");
  await grace.waitForSelector("#messages li");
  assert.equal(await text(grace, "#messages .message-text"), "Hello <b>Grace</b>");
  assert.equal(await text(grace, "#messages .message-name"), "Ada");

  await sleep(300);
  await grace.screenshot({ path: path.join(screenshots, "two-light.png") });
  await grace.emulateMedia({ colorScheme: "dark" });
  await grace.screenshot({ path: path.join(screenshots, "two-dark.png") });

  // A third arrives, on a phone and without camera: it sees the others.
  const phone = await joinAs("Linus", "atrium", { viewport: { width: 375, height: 812 }, camera: false });
  await phone.waitForFunction(() => document.querySelectorAll("#grid .tile[data-peer-id][data-media=video]").length === 2);
  await phone.waitForFunction(() => document.querySelectorAll("#people li[data-state=connected]").length === 2);
  await eventually("frames reach the one without camera", async () => (await mediaOf(phone)).framesDecoded > 10, 15_000);
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling on a phone");
  await phone.screenshot({ path: path.join(screenshots, "three-phone.png"), fullPage: true });

  await phone.click("#leave");
  await ada.waitForFunction(() => document.querySelectorAll("#grid .tile[data-peer-id]").length === 1);
  await ada.close();
  await grace.waitForFunction(() => document.querySelectorAll("#grid .tile[data-peer-id]").length === 0);
  for (const page of [grace, phone]) assert.deepEqual(page.problems, []);
  await Promise.all([grace.close(), phone.close()]);
});

test("two on phones, one of them in the dark", async () => {
  const viewport = { width: 375, height: 812 };
  const one = await joinAs("Barbara", "cellar", { viewport });
  const two = await joinAs("Edsger", "cellar", { viewport });
  await assertSeeEachOther(one, two);
  await one.emulateMedia({ colorScheme: "dark" });
  await one.screenshot({ path: path.join(screenshots, "two-phone.png") });
  await Promise.all([one.close(), two.close()]);
});

test("who has no device at all sees and hears the others", async () => {
  const sender = await joinAs("Ada", "gallery");
  const viewer = await openPage({ room: "gallery" });
  await viewer.evaluate(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("none", "NotFoundError");
    };
  });
  await viewer.click("#join");
  await viewer.waitForSelector("#status[data-state=connected]");
  assert.match(await text(viewer, "#notice"), /No camera, no microphone: there is none/);
  await eventually("frames reach the viewer", async () => (await mediaOf(viewer)).framesDecoded > 10, 15_000);
  await viewer.screenshot({ path: path.join(screenshots, "viewer.png") });
  await Promise.all([sender.close(), viewer.close()]);
});

test("after the server comes back the page joins again", async () => {
  const own = await startServer();
  let restarted;
  const page = await browser.newPage();
  try {
    await watchPeerConnections(page);
    await page.goto(`${own.url}/?room=phoenix`);
    await page.click("#join");
    await page.waitForSelector("#status[data-state=connected]");
    const first = await text(page, "#own-id");
    await own.stop();
    await page.waitForSelector("#status[data-state=connecting]");
    restarted = await startServer({ set: { "listen.port": own.port } });
    await page.waitForSelector("#status[data-state=connected]");
    assert.notEqual(await text(page, "#own-id"), first);
  } finally {
    await page.close();
    await restarted?.stop();
  }
});

test("the lobby works on a phone and in the dark", async () => {
  const page = await openPage({}, { width: 375, height: 812 });
  assert.match(await page.inputValue("#room"), /^[a-z]+-[a-z]+-\d+$/);
  await page.screenshot({ path: path.join(screenshots, "lobby-phone.png") });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.screenshot({ path: path.join(screenshots, "lobby-dark.png") });
  // Every control has a name for those who do not see it.
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, video, [role=toolbar]")]
    .filter((control) => control.tagName !== "VIDEO" && !control.labels?.length && !control.textContent.trim() && !control.ariaLabel)
    .map((control) => control.outerHTML));
  assert.deepEqual(nameless, []);
  assert.deepEqual(page.problems, []);
  await page.close();
});
