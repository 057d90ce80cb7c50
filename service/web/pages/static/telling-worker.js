// Answers for the page "Telling" and what it draws with while there is no connection. The page is
// asked for first, so that a new form or sentence is seen; it waits no longer than five seconds.
"use strict";
const PATIENCE_MS = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const kept = async (request) => {
  const cache = await caches.open("telling");
  return cache.match(request, { ignoreVary: true, ignoreSearch: request.mode === "navigate" });
};

const asked = async (request) => {
  const found = await kept(request);
  if (found && request.mode !== "navigate") return found;
  if (!found) return fetch(request);
  const patience = new Promise((resolve) => { setTimeout(() => resolve(found), PATIENCE_MS); });
  return Promise.race([fetch(request).catch(() => found), patience]);
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const isOurs = address.origin === self.location.origin && request.method === "GET";
  if (!isOurs || address.pathname.startsWith("/v1/")) return;
  event.respondWith(asked(request));
});
