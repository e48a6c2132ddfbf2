/**
 * Tells the other tabs of this browser what has just changed, so that a second tab shows a new answer without being touched.
 * Only names travel, never content: each tab reads the server itself.
 */
type Announcement = { kind: "conversation"; id: string } | { kind: "conversations" } | { kind: "session" };

const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("stoa");

export function announce(what: Announcement): void {
  channel?.postMessage(what);
}

export function onAnnouncement(listener: (what: Announcement) => void): () => void {
  const handle = (event: MessageEvent) => listener(event.data as Announcement);
  channel?.addEventListener("message", handle);
  return () => channel?.removeEventListener("message", handle);
}
