import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { encode, TRANSCRIPTS } from "../testing/transcripts";
import { connection } from "./connection";
import { createParser, followEvents, readStream, type ServerEvent } from "./events";
import { ApiError } from "./problem";

afterEach(() => {
  connection.report("fine");
  vi.useRealTimers();
});

function parse(bytes: Uint8Array, ends: number[]): ServerEvent[] {
  const parser = createParser();
  const cuts = [0, ...ends, bytes.length];
  return cuts.slice(1).flatMap((end, index) => parser(bytes.slice(cuts[index], end)));
}

const text = (source: string) => new TextEncoder().encode(source);

describe("the parser", () => {
  const bytes = encode(TRANSCRIPTS.completed);

  test("gives the same events wherever the bytes are cut, also within a character", () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) expect(parse(bytes, [cut])).toEqual(TRANSCRIPTS.completed);
  });

  test("gives the same events byte by byte", () => {
    const every = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
    expect(parse(bytes, every)).toEqual(TRANSCRIPTS.completed);
  });

  test.each(["\r\n", "\r", "\n"])("reads lines that end with %j, cut anywhere", (ending) => {
    const source = text(
      ["id: 7", "event: text", 'data: {"text":"Hi"}', "", "id: 8", 'data: {"type":"done"}', "", ""].join(ending),
    );
    const expected = [
      { seq: 7, type: "text", data: { text: "Hi" } },
      { seq: 8, type: "done", data: { type: "done" } },
    ];
    // A lone CR at the very end stays open, because a LF may follow it; the next bytes close it.
    for (let cut = 0; cut <= source.length; cut += 1)
      expect(parse(new Uint8Array([...source, 10]), [cut])).toEqual(expected);
  });

  test("joins data lines, and skips comments, unknown fields and what is no event of a run", () => {
    const source = [
      ": keep-alive",
      "",
      "retry: 100",
      "id: 1",
      "event: text",
      'data: {"text":',
      'data: "two lines"}',
      "",
      'data: {"text":"no number"}',
      "",
      "id: 2",
      "data: not json",
      "",
      "id: 3",
      "data: 17",
      "",
      "id: 4",
      "event: usage",
      "data:{}",
      "",
      "",
    ].join("\n");
    expect(parse(text(source), [])).toEqual([
      { seq: 1, type: "text", data: { text: "two lines" } },
      { seq: 4, type: "usage", data: {} },
    ]);
  });
});

/** A server that knows one transcript and answers each connection as the script says. */
function scripted(events: readonly ServerEvent[], script: ((later: readonly ServerEvent[]) => Response | Error)[]) {
  const asked: number[] = [];
  const answer = async (_url: unknown, init?: RequestInit) => {
    const after = Number(new Headers(init?.headers).get("Last-Event-ID") ?? 0);
    const step = script[Math.min(asked.length, script.length - 1)];
    asked.push(after);
    const response = step?.(events.filter((event) => event.seq > after));
    if (!response || response instanceof Error) throw response;
    return response;
  };
  return { asked, fetch: answer as typeof fetch };
}

const all = (later: readonly ServerEvent[]) => new Response(encode(later) as BodyInit);
const first = (count: number) => (later: readonly ServerEvent[]) => all(later.slice(0, count));
const problem = (status: number, code: string) => () =>
  Response.json({ code, detail: "no" }, { status, headers: { "content-type": "application/problem+json" } });

async function collect(
  get: typeof fetch,
  options: { after?: number; silenceMaxMs?: number } = {},
): Promise<ServerEvent[]> {
  const { signal } = new AbortController();
  const seen: ServerEvent[] = [];
  for await (const event of followEvents("/events", { after: 0, signal, fetch: get, pauseMs: () => 0, ...options }))
    seen.push(event);
  return seen;
}

describe("following a run", () => {
  test("one connection, to the terminal event", async () => {
    const { asked, fetch } = scripted(TRANSCRIPTS.completed, [all]);
    expect(await collect(fetch)).toEqual(TRANSCRIPTS.completed);
    expect(asked).toEqual([0]);
  });

  test("cut after every event, and resumed by its number", async () => {
    const { asked, fetch } = scripted(TRANSCRIPTS.interrupted, [first(1)]);
    expect(await collect(fetch)).toEqual(TRANSCRIPTS.interrupted);
    expect(asked).toEqual([0, 1, 2, 3, 4, 1_004, 1_005, 1_006]);
  });

  test("cut in the middle of an event, at every byte", async () => {
    const bytes = encode(TRANSCRIPTS.completed);
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const { fetch } = scripted(TRANSCRIPTS.completed, [() => new Response(bytes.slice(0, cut)), all]);
      expect(await collect(fetch)).toEqual(TRANSCRIPTS.completed);
    }
  });

  test("starts after the number that is known", async () => {
    const { asked, fetch } = scripted(TRANSCRIPTS.completed, [all]);
    expect(await collect(fetch, { after: 7 })).toEqual(TRANSCRIPTS.completed.slice(7));
    expect(asked).toEqual([7]);
  });

  test("drops what the server tells twice", async () => {
    const { fetch } = scripted(TRANSCRIPTS.completed, [first(4), () => all(TRANSCRIPTS.completed)]);
    expect(await collect(fetch)).toEqual(TRANSCRIPTS.completed);
  });

  test("comes back when the server is away or overloaded, and says so meanwhile", async () => {
    const states: string[] = [];
    const unsubscribe = connection.subscribe((state) => states.push(state));
    const script = [
      first(2),
      () => new TypeError("fetch failed"),
      problem(503, "unavailable"),
      problem(429, "rate_limited"),
      all,
    ];
    const { fetch } = scripted(TRANSCRIPTS.completed, script);
    expect(await collect(fetch)).toEqual(TRANSCRIPTS.completed);
    expect(states).toEqual(["lost", "fine"]);
    unsubscribe();
  });

  test("gives up when the run does not exist or is not ours", async () => {
    for (const [status, code] of [
      [404, "not_found"],
      [401, "unauthenticated"],
    ] as const) {
      const { asked, fetch } = scripted([], [problem(status, code)]);
      await expect(collect(fetch)).rejects.toEqual(new ApiError(status, code, "no"));
      expect(asked).toHaveLength(1);
    }
  });

  test("a silent connection is dead", async () => {
    const silent = (_later: readonly ServerEvent[]) => new Response(new ReadableStream({}));
    const { asked, fetch } = scripted(TRANSCRIPTS.completed, [silent, all]);
    const listening: typeof globalThis.fetch = async (url, init) => {
      const response = await fetch(url, init);
      const body = response.body?.pipeThrough(new TransformStream(), { signal: init?.signal ?? undefined });
      return new Response(body);
    };
    expect(await collect(listening, { silenceMaxMs: 20 })).toEqual(TRANSCRIPTS.completed);
    expect(asked).toEqual([0, 0]);
  });

  test("stops at once when nobody looks any more, also while it waits to come back", async () => {
    const controller = new AbortController();
    const { asked, fetch } = scripted([], [() => new TypeError("fetch failed")]);
    const pauseMs = () => {
      controller.abort(new Error("left"));
      return 60_000;
    };
    const events = followEvents("/events", { after: 0, signal: controller.signal, fetch, pauseMs });
    await expect(events.next()).rejects.toThrow("left");
    expect(asked).toHaveLength(1);
  });

  test("the pauses grow", async () => {
    const attempts: number[] = [];
    const { fetch } = scripted(TRANSCRIPTS.cancelled, [
      () => new TypeError("away"),
      () => new TypeError("away"),
      first(1),
      () => new TypeError("away"),
      all,
    ]);
    const options = { after: 0, signal: new AbortController().signal, fetch };
    const pauseMs = (attempt: number) => {
      attempts.push(attempt);
      return 0;
    };
    for await (const event of followEvents("/events", { ...options, pauseMs })) expect(event.seq).toBeGreaterThan(0);
    expect(attempts).toEqual([1, 2, 1, 2]);
  });
});

test("over real connections that break after every third event, nothing is lost or doubled", async () => {
  const events = TRANSCRIPTS.completed;
  const asked: number[] = [];
  const server = createServer((request, response) => {
    const after = Number(request.headers["last-event-id"] ?? 0);
    asked.push(after);
    const later = events.filter((event) => event.seq > after);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    // Then the socket goes away in the middle of the answer, as it does when a server is killed.
    response.write(encode(later.slice(0, 3)), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const get: typeof fetch = (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
    expect(await collect(get)).toEqual(events);
    expect(asked).toEqual([0, 3, 6, 9]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a stream that answers what was posted is read once, from its beginning to its end", async () => {
  const asked: RequestInit[] = [];
  const answer = async (_: unknown, init?: RequestInit) => {
    asked.push(init ?? {});
    return new Response(encode(TRANSCRIPTS.completed) as Uint8Array<ArrayBuffer>);
  };
  const events: ServerEvent[] = [];
  const options = { signal: new AbortController().signal, fetch: answer as typeof fetch };
  const reading = { body: { prompt: "Hi" }, parse: createParser() };
  for await (const event of readStream("/stream", options, reading)) events.push(event);
  expect(events).toEqual(TRANSCRIPTS.completed);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    method: "POST",
    body: '{"prompt":"Hi"}',
    headers: { "Content-Type": "application/json" },
  });
});
