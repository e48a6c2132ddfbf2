/**
 * Whether the server can be reached, as one small store. `client.ts` and `events.ts` report; the shell shows a word when the
 * connection is lost; `query-client.ts` refreshes what is on screen when it is back.
 *
 * While it is lost, `/health` is asked with growing pauses, so that a page on which nobody clicks recovers as well.
 */
type ConnectionState = "fine" | "lost";
type Listener = (state: ConnectionState) => void;

const PROBE_FIRST_MS = 500;
const PROBE_MAX_MS = 5_000;

function createConnection() {
  let state: ConnectionState = "fine";
  const listeners = new Set<Listener>();

  function report(next: ConnectionState): void {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener(state);
    if (state === "lost") void probe();
  }

  async function probe(): Promise<void> {
    for (let pause = PROBE_FIRST_MS; state === "lost"; pause = Math.min(pause * 1.6, PROBE_MAX_MS)) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const answer = await fetch("/health", { cache: "no-store" }).catch(() => undefined);
      if (answer?.ok) report("fine");
    }
  }

  return {
    report,
    current: () => state,
    subscribe(listener: Listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

export const connection = createConnection();
