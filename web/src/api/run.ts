/** Waits for the end of a run that shows nothing while it goes on. */
import { call } from "./client";
import { explain } from "./problem";

const PAUSE_FIRST_MS = 400;
const PAUSE_MAX_MS = 3_000;
/** Those that go on; every other state is an end. */
const GOING_ON = new Set(["queued", "running", "waiting", "paused"]);

/** Gives why it failed, as a sentence; nothing when it went well. */
export async function followRun(run: string): Promise<string | undefined> {
  for (let pause = PAUSE_FIRST_MS; ; pause = Math.min(pause * 1.5, PAUSE_MAX_MS)) {
    const { data } = await call("get", "/api/runs/{run}", { path: { run } });
    if (!GOING_ON.has(data.status)) return data.status === "completed" ? undefined : explain(data.error);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
