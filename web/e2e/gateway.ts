/**
 * A company gateway of agents on this machine, in FabriX's format: one agent, files that it takes, refuses or keeps waiting for, as a
 * test wants.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Gateway {
  url: string;
  /** What the last request said of who asks. */
  headers: IncomingHttpHeaders;
  /** Bytes of forms with files so far. */
  received: number;
  /** What it does with files from now on: takes them, refuses them, or says nothing until `takes` again. */
  files: (how: "takes" | "refuses" | "waits") => void;
  close: () => Promise<void>;
}

export async function startGateway(): Promise<Gateway> {
  let how: Parameters<Gateway["files"]>[0] = "takes";
  const held: ServerResponse[] = [];
  const json = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const server = createServer(async (request, response) => {
    gateway.headers = request.headers;
    if (request.url?.includes("/agents?"))
      return json(response, 200, { agents: [{ agentId: "travel", name: "Travel desk" }] });
    const isFile = request.url?.endsWith("/file");
    for await (const piece of request) if (isFile) gateway.received += (piece as Buffer).length;
    if (!isFile) {
      response.setHeader("Content-Type", "text/event-stream");
      return response.end(`data: ${JSON.stringify({ content: "Take the train." })}\n\n`);
    }
    if (how === "waits") held.push(response);
    else if (how === "refuses") json(response, 500, { message: "the shelf is full" });
    else json(response, 200, { fileId: "f-1" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const gateway: Gateway = {
    url: `http://127.0.0.1:${port}`,
    headers: {},
    received: 0,
    files: (next) => {
      how = next;
      if (next === "takes") for (const response of held.splice(0)) json(response, 200, { fileId: "f-1" });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return gateway;
}
