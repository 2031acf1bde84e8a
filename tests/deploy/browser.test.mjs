// The page through the balancer, in a browser that trusts the deployment's authority and nothing else about it: people on
// different nodes see each other, one joins, one leaves, and a node is lost under one of them.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { mediaOf, openBrowser, watchPeerConnections } from "../e2e/browser.mjs";
import { deploymentKind, startDeployment } from "../support/deployment.mjs";
import { buildDirectory, eventually, sleep } from "../support/server.mjs";

const screenshots = path.join(buildDirectory, "tests/screenshots", `deploy-${deploymentKind}`);
const desktop = { width: 1280, height: 800 };
const phone = { width: 375, height: 812 };

let deployment;
let browser;
before(async () => {
  mkdirSync(screenshots, { recursive: true });
  deployment = await startDeployment();
  browser = await openBrowser({ authority: deployment.caFile, viewport: desktop });
});
after(async () => {
  await browser?.close();
  await deployment?.stop();
});

async function joinAs(name, room, viewport = desktop) {
  const page = await browser.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  await watchPeerConnections(page);
  await page.setViewportSize(viewport);
  await page.goto(`${deployment.url}/?${new URLSearchParams({ room })}`);
  await page.fill("#name", name);
  await page.click("#join");
  await page.waitForSelector("#status[data-state=connected]");
  await page.waitForSelector("#transport[data-transport=websocket]");
  return page;
}

const nodeOf = async (page) => deployment.nodeOf(await page.textContent("#own-id"));

/** Joins on another node than `other`: whoever lands on the same one leaves and comes again. */
async function joinElsewhere(name, room, viewport, other) {
  const taken = await nodeOf(other);
  for (let attempt = 0; attempt < 20; attempt++) {
    const page = await joinAs(name, room, viewport);
    if ((await nodeOf(page)) !== taken) return page;
    await page.close();
  }
  throw new Error(`${name} was on ${taken.name} twenty times`);
}

async function assertSeeEachOther(...pages) {
  for (const page of pages) {
    await page.waitForFunction(
      (others) => document.querySelectorAll("#people li[data-state=connected]").length === others, pages.length - 1);
    const early = await mediaOf(page);
    await eventually("frames and sound flow", async () => {
      const now = await mediaOf(page);
      return now.framesDecoded > early.framesDecoded + 10 && now.audioPackets > early.audioPackets + 10;
    }, 20_000);
  }
}

async function picture(page, name) {
  await sleep(300);  // for transitions of the page to end
  await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

test("two tabs on two nodes hold a call; one joins, one leaves, and a node is lost", async () => {
  const ada = await joinAs("Ada", "atrium");
  const grace = await joinElsewhere("Grace", "atrium", phone, ada);
  assert.equal(await ada.evaluate(() => isSecureContext), true);
  assert.notEqual(await nodeOf(ada), await nodeOf(grace));
  await assertSeeEachOther(ada, grace);
  await picture(ada, "1-two-desktop");
  await picture(grace, "1-two-phone");

  const linus = await joinAs("Linus", "atrium");
  await assertSeeEachOther(ada, grace, linus);
  await picture(ada, "2-joined-desktop");
  await picture(grace, "2-joined-phone");

  await linus.click("#leave");
  for (const page of [ada, grace]) await page.waitForFunction(() => document.querySelectorAll("#people li").length === 2);
  await picture(ada, "3-left-desktop");
  await picture(grace, "3-left-phone");
  await linus.close();

  // Grace's node dies, and for a while she reaches no other: her page says so.
  const lost = await nodeOf(grace);
  const firstId = await grace.textContent("#own-id");
  await grace.route("**/socket.io/**", (route) => route.abort());
  await lost.kill();
  await grace.waitForSelector("#status[data-state=connecting]");
  assert.match(await grace.textContent("#status"), /connection lost|reconnecting/);
  assert.equal(await grace.textContent("#own-node"), "–");
  await picture(grace, "4-node-lost-phone");
  await picture(ada, "4-node-lost-desktop");
  // Ada's node tells her, within the lease of the dead one, that Grace has gone with it.
  await ada.waitForFunction((id) => !document.querySelector(`#people li[data-peer-id="${id}"]`), firstId, { timeout: 20_000 });
  await picture(ada, "5-peer-lost-desktop");

  // She is back on another node, as somebody new, and so is the call.
  await grace.unroute("**/socket.io/**");
  await grace.waitForSelector("#status[data-state=connected]");
  assert.notEqual(await grace.textContent("#own-id"), firstId);
  assert.notEqual(await nodeOf(grace), lost);
  await assertSeeEachOther(ada, grace);
  await picture(ada, "6-call-again-desktop");
  await picture(grace, "6-call-again-phone");
  for (const page of [ada, grace]) assert.equal(await page.isVisible("#notice"), false);
  for (const page of [ada, grace]) assert.deepEqual(page.problems, []);
  await Promise.all([ada.close(), grace.close()]);
  await lost.start();
  await deployment.settled();
});
