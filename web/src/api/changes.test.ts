import { expect, test } from "vitest";
import { type Change, followChanges } from "./changes";

const encoder = new TextEncoder();

function answer(...frames: string[]): Response {
  const body = new ReadableStream({
    start(controller) {
      for (const frame of frames) controller.enqueue(encoder.encode(frame));
      controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

async function hear(answers: (() => Response)[]): Promise<Change[]> {
  const heard: Change[] = [];
  const stop = new AbortController();
  const rest = [...answers];
  await followChanges({
    signal: stop.signal,
    pauseMs: () => 0,
    onChange: (change) => heard.push(change),
    fetch: (async () => {
      const next = rest.shift();
      if (next) return next();
      stop.abort();
      throw new Error("over");
    }) as typeof fetch,
  });
  return heard;
}

test("changes come in order, comments and rubbish are passed over", async () => {
  const heard = await hear([
    () =>
      answer(
        ": heartbeat\n\n",
        'event: change\ndata: {"type":"change","what":"conversation","workspace":"ws_1","conversation":"conv_1"}\n\n',
        "data: nonsense\n\n",
        'event: change\ndata: {"type":"change","what":"mod',
        'els"}\n\n',
      ),
  ]);
  expect(heard.map((change) => change.what)).toEqual(["conversation", "models"]);
  expect(heard[0]).toMatchObject({ workspace: "ws_1", conversation: "conv_1" });
});

test("after a new connection anything may have changed", async () => {
  const heard = await hear([
    () => answer('data: {"what":"models"}\n\n'),
    () => new Response("", { status: 503 }),
    () => answer('data: {"what":"workspaces"}\n\n'),
  ]);
  expect(heard.map((change) => change.what)).toEqual(["models", "all", "workspaces"]);
});

test("who is logged out does not ask for ever", async () => {
  let asked = 0;
  await followChanges({
    signal: new AbortController().signal,
    onChange: () => {},
    pauseMs: () => 0,
    fetch: (async () => {
      asked += 1;
      return Response.json({ code: "unauthenticated", detail: "" }, { status: 401 });
    }) as typeof fetch,
  });
  expect(asked).toBe(1);
});
