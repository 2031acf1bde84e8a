// The distribution's Chromium, headless, with made-up camera and microphone and no way to the outside.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { chromium } from "playwright-core";

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

/**
 * @param {object} [options]           of Playwright
 * @param {string} [options.authority]  PEM file of a certificate authority that this browser trusts beside its own ones
 * @returns {Promise<import("playwright-core").BrowserContext>} with a profile of its own
 */
export async function openBrowser({ authority, ...options } = {}) {
  assert.ok(existsSync(executable), `no browser to test with: ${executable} is missing (package chromium, or set CHROMIUM)`);
  const profile = mkdtempSync(path.join(tmpdir(), "signaling-browser-"));
  if (authority) options.env = { ...process.env, HOME: homeThatTrusts(authority, profile) };
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Names instead of addresses in candidates need multicast, which a machine without network lacks.
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
    ...options,
  });
  // Removed at the very end: the browser's last processes still write for a moment after it was closed.
  process.on("exit", () => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return context;
}

/** Chromium takes a user's own authorities from the NSS database of the home directory: there the certificate is imported. */
function homeThatTrusts(authority, directory) {
  const home = path.join(directory, "home");
  const database = path.join(home, ".pki/nssdb");
  mkdirSync(database, { recursive: true });
  const certutil = (...args) => execFileSync("certutil", ["-d", `sql:${database}`, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  certutil("-N", "--empty-password");
  certutil("-A", "-t", "C,,", "-n", "authority of the deployment", "-i", authority);
  return home;
}

/** Keeps the page's peer connections within the test's reach: `window.peerConnections`. To be called before the page loads. */
export async function watchPeerConnections(page) {
  await page.addInitScript(() => {
    window.peerConnections = [];
    window.RTCPeerConnection = class extends window.RTCPeerConnection {
      constructor(...args) {
        super(...args);
        window.peerConnections.push(this);
      }
    };
  });
}

/** Frames that were decoded so far, over all live peer connections of the page, and their states. */
export function mediaOf(page) {
  return page.evaluate(async () => {
    let framesDecoded = 0;
    let audioPackets = 0;
    const live = window.peerConnections.filter((connection) => connection.connectionState !== "closed");
    for (const connection of live) {
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        if (entry.kind === "video") framesDecoded += entry.framesDecoded ?? 0;
        else audioPackets += entry.packetsReceived ?? 0;
      }
    }
    return { states: live.map((connection) => connection.connectionState), framesDecoded, audioPackets };
  });
}
