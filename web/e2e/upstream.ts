/**
 * A model on this machine that says what a test wants, in OpenAI's format: for answers that have to name their sources. What it was
 * asked is kept.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Person } from "./people";

interface Asked {
  messages: { role: string; content: string }[];
}

export interface Upstream {
  /** What it says next, and from then on. */
  says: (text: string) => void;
  /** The requests so far. */
  asked: Asked[];
  close: () => Promise<void>;
}

/** Starts one and connects it for everybody, as `said/model`. */
export async function connectUpstream(admin: Person): Promise<Upstream> {
  let text = "Nothing.";
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    if (!request.url?.endsWith("/chat/completions")) {
      response.setHeader("Content-Type", "application/json");
      return response.end(JSON.stringify({ object: "list", data: [{ id: "model", object: "model" }] }));
    }
    asked.push(JSON.parse(await bodyOf(request)) as Asked);
    response.setHeader("Content-Type", "text/event-stream");
    // In pieces, so that a reference comes in two halves.
    for (const content of text.match(/.{1,7}/gs) ?? []) response.write(frame({ delta: { content } }));
    response.write(frame({ delta: {}, finish_reason: "stop" }));
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await admin.api.post("/api/connections", {
    scope: "system",
    kind: "openai",
    slug: "said",
    name: "What a test wants",
    api_key: "sk-none",
    base_url: `http://127.0.0.1:${port}/v1`,
  });
  return {
    says: (next) => {
      text = next;
    },
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function frame(choice: object): string {
  const chunk = {
    id: "c",
    object: "chat.completion.chunk",
    created: 0,
    model: "model",
    choices: [{ index: 0, ...choice }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
