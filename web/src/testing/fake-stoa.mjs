#!/usr/bin/env node
/**
 * A stand-in for the server: the part of the HTTP API that the web client uses, in memory, with the two mock models.
 *
 * Unit tests start it with `startFakeStoa()`; `npm run dev:fake` runs it beside Vite, and `STOA_BIN` may point at this
 * file to work on the browser tests without a Rust build. It keeps runs as numbered events like the real one, cuts streams on
 * request (`cutEvery`), and, given `--data`, finds its state again after a kill: replies under way are then interrupted.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LOREM = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore".split(
  " ",
);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

class Refusal extends Error {
  constructor(status, code, detail, errors = []) {
    super(detail);
    Object.assign(this, { status, code, detail, errors });
  }
}

/** Starts the stand-in; `port: 0` takes a free one. `close()` ends it with all open streams. */
export async function startFakeStoa({
  port = 0,
  host = "127.0.0.1",
  data,
  dist,
  tokenMs = 25,
  tokens = 120,
  cutEvery,
} = {}) {
  const file = data && join(data, "fake.json");
  const state = file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : emptyState();
  const listeners = new Map();
  const sockets = new Set();

  const now = () => new Date().toISOString();
  const id = (prefix) => `${prefix}_${String(++state.counter).padStart(8, "0")}`;
  const save = () => file && writeFileSync(file, JSON.stringify(state));

  if (data) mkdirSync(data, { recursive: true });
  for (const run of state.runs) if (run.status === "running") interrupt(run);

  function emit(run, type, fields) {
    const seq = (run.events.at(-1)?.seq ?? 0) + 1;
    run.events.push({ seq, type, data: { type, run: run.id, ...fields } });
    for (const wake of listeners.get(run.id) ?? []) wake();
  }

  function finish(run, status, error) {
    const message = state.messages.find((each) => each.id === run.message_id);
    const text = run.events.filter((each) => each.type === "text").map((each) => each.data.text);
    message.content += text.join("");
    message.status = { completed: "complete", cancelled: "cancelled", failed: text.length ? "partial" : "failed" }[
      status
    ];
    message.error = error ?? null;
    message.completion_tokens = text.length;
    Object.assign(run, { status, error, finished_at: now() });
    if (error) emit(run, "error", error);
    emit(run, "usage", { prompt_tokens: 5, completion_tokens: text.length, cost_micros: 0 });
    emit(run, "done", { status });
    emit(run, "complete", { status, conversation_id: run.conversation_id, message_id: run.message_id });
    save();
  }

  function interrupt(run) {
    finish(run, "failed", { code: "interrupted", detail: "The server was restarted while it wrote this answer." });
  }

  function words(model, prompt) {
    if (model === "mock/echo") return prompt.match(/\S+\s*/g) ?? [];
    return Array.from(
      { length: tokens },
      (_, index) => `${LOREM[index % LOREM.length]}${index % 24 === 23 ? ".\n\n" : " "}`,
    );
  }

  async function generate(run, prompt) {
    const { content } = state.messages.find((each) => each.id === run.message_id);
    emit(run, "start", { message_id: run.message_id, model: run.model, ...(content ? { content } : {}) });
    for (const word of words(run.model, prompt)) {
      await new Promise((resolve) => setTimeout(resolve, tokenMs));
      if (run.cancelled) return finish(run, "cancelled");
      emit(run, "text", { text: word });
      if (file && run.events.length % 10 === 0) save();
    }
    if (run.model === "mock/fail")
      return finish(run, "failed", { code: "upstream_error", detail: "The model answered 500." });
    finish(run, "completed");
  }

  function reply(conversation, parent, model, prompt, message) {
    const target = message ?? addMessage(conversation, parent, "assistant", "", model);
    const run = {
      id: id("run"),
      kind: "reply",
      status: "running",
      conversation_id: conversation.id,
      message_id: target.id,
      model,
      created_at: now(),
      events: [],
    };
    state.runs.push(run);
    Object.assign(target, { status: "generating", run_id: run.id, error: null });
    conversation.head_id = target.id;
    conversation.last_message_at = now();
    void generate(run, prompt);
    save();
    return { reply: view(target), run: { id: run.id, status: run.status } };
  }

  function addMessage(conversation, parent, role, content, model = null) {
    const message = {
      id: id("msg"),
      conversation_id: conversation.id,
      parent_id: parent,
      role,
      content,
      reasoning: null,
      model,
      status: "complete",
      error: null,
      run_id: null,
      prompt_tokens: 0,
      completion_tokens: 0,
      cost_micros: 0,
      latency_ms: null,
      first_token_ms: null,
      pinned: false,
      created_at: now(),
    };
    state.messages.push(message);
    conversation.message_count += 1;
    conversation.head_id = message.id;
    return message;
  }

  function view(message) {
    const ids = state.messages
      .filter((each) => each.parent_id === message.parent_id && each.conversation_id === message.conversation_id)
      .map((each) => each.id);
    return ids.length > 1 ? { ...message, siblings: { ids, index: ids.indexOf(message.id) } } : message;
  }

  const conversationView = ({ head_id: _head, ...conversation }) => ({
    ...conversation,
    active_run_id:
      state.runs.find((run) => run.conversation_id === conversation.id && run.status === "running")?.id ?? null,
  });

  function find(list, key, what) {
    const found = list.find((each) => each.id === key);
    if (!found) throw new Refusal(404, "not_found", `There is no ${what} "${key}" that you can see.`);
    return found;
  }

  function path(conversation) {
    const messages = [];
    let next = conversation.head_id;
    while (next) {
      const message = state.messages.find((each) => each.id === next);
      messages.unshift(message);
      next = message.parent_id;
    }
    return messages;
  }

  function session(request) {
    const token =
      /stoa_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? request.headers.authorization?.slice(7);
    const found = state.sessions.find((each) => each.token === token);
    if (!found) throw new Refusal(401, "unauthenticated", "Log in first.");
    if (request.method !== "GET" && request.headers["x-stoa-client"] !== "web")
      throw new Refusal(403, "cross_site", "The header X-Stoa-Client is missing.");
    return found;
  }

  function logIn(user, response) {
    const token = `t${Math.random().toString(36).slice(2)}${++state.counter}`;
    state.sessions.push({ token, user: user.id });
    response.setHeader("set-cookie", `stoa_session=${token}; HttpOnly; SameSite=Lax; Path=/`);
    return { token, user: publicUser(user) };
  }

  const publicUser = ({ password: _password, ...user }) => user;
  const sent = (data, extra) => ({ status: 200, body: { data, ...extra } });

  function page(list, query) {
    const limit = Number(query.get("limit") ?? 20);
    const offset = Number(query.get("after") ?? 0);
    const rows = list.slice(offset, offset + limit);
    const has_more = offset + limit < list.length;
    return sent(rows, { page: { limit, has_more, ...(has_more ? { next: String(offset + limit) } : {}) } });
  }

  const models = () =>
    [
      ["mock/echo", "Echo", true, undefined],
      ["mock/lorem", "Lorem", true, undefined],
      ["mock/fail", "Fail", true, undefined],
      ...(state.slow ? [["slow/lorem", "Slow lorem", true, undefined]] : []),
      [
        "local/qwen2.5-coder-0.5b",
        "Qwen 2.5 Coder 0.5B",
        false,
        "The weights are not here yet. Run `stoa models pull`.",
      ],
    ].map(([model, name, available, unavailable_reason]) => ({
      id: model,
      name,
      connection_id: model.startsWith("mock") ? "con_mock" : "con_local",
      connection: { mock: "Mock models", slow: "Slow mock models" }[model.split("/")[0]] ?? "On this machine",
      kind: model.split("/")[0],
      capabilities: { chat: true, embeddings: false, tools: false, vision: false, reasoning: false },
      context_tokens: 8192,
      available,
      unavailable_reason,
      local: !model.startsWith("mock"),
      is_default: model === "mock/echo",
    }));

  const routes = [
    ["GET", /^\/health$/, () => ({ status: 200, body: { status: "ok" } }), "public"],
    [
      "GET",
      /^\/api\/auth\/status$/,
      () => sent({ first_start: state.users.length === 0, registration: "open", mock: true, version: "0.1.0" }),
      "public",
    ],
    [
      "POST",
      /^\/api\/auth\/register$/,
      ({ body, response }) => {
        if (!/.+@.+/.test(body.email ?? ""))
          throw new Refusal(422, "invalid", "email: This is not an email address.", [
            { field: "email", message: "This is not an email address." },
          ]);
        if (state.users.some((each) => each.email === body.email))
          throw new Refusal(409, "already_exists", "There is an account with this email.", [
            { field: "email", message: "There is an account with this email." },
          ]);
        const user = {
          id: id("usr"),
          email: body.email,
          name: body.name,
          password: body.password,
          is_admin: state.users.length === 0,
          created_at: now(),
        };
        state.users.push(user);
        const answer = logIn(user, response);
        save();
        return { status: 201, body: { data: answer } };
      },
      "public",
    ],
    [
      "POST",
      /^\/api\/auth\/login$/,
      ({ body, response }) => {
        const user = state.users.find((each) => each.email === body.email && each.password === body.password);
        if (!user) throw new Refusal(401, "wrong_credentials", "Email or password is wrong.");
        const answer = logIn(user, response);
        save();
        return sent(answer);
      },
      "public",
    ],
    [
      "POST",
      /^\/api\/auth\/logout$/,
      ({ session: own, response }) => {
        state.sessions = state.sessions.filter((each) => each !== own);
        response.setHeader("set-cookie", "stoa_session=; HttpOnly; Path=/; Max-Age=0");
        save();
        return { status: 204 };
      },
    ],
    [
      "GET",
      /^\/api\/auth\/me$/,
      ({ session: own }) =>
        sent({
          user: publicUser(state.users.find((each) => each.id === own.user)),
          workspaces: [{ id: `ws_${own.user}`, slug: "personal", name: "Personal", role: "owner", personal: true }],
        }),
    ],
    [
      "POST",
      /^\/api\/connections$/,
      () => {
        state.slow = true;
        save();
        return { status: 201, body: { data: { id: "con_slow" } } };
      },
    ],
    ["GET", /^\/api\/models$/, () => sent(models())],
    [
      "GET",
      /^\/api\/workspaces\/([^/]+)\/conversations$/,
      ({ match, query }) => {
        const mine = state.conversations.filter((each) => each.workspace_id === match[1]);
        mine.sort((a, b) => ((b.last_message_at ?? b.created_at) > (a.last_message_at ?? a.created_at) ? 1 : -1));
        return page(mine.map(conversationView), query);
      },
    ],
    [
      "POST",
      /^\/api\/workspaces\/([^/]+)\/conversations$/,
      ({ match, body }) => {
        const conversation = {
          id: id("cnv"),
          workspace_id: match[1],
          title: body.title ?? "",
          title_source: "none",
          model: body.model ?? null,
          kind: "chat",
          pinned: false,
          archived: false,
          message_count: 0,
          last_message_at: null,
          created_at: now(),
          updated_at: now(),
          head_id: null,
        };
        state.conversations.push(conversation);
        save();
        return { status: 201, body: { data: conversationView(conversation) } };
      },
    ],
    [
      "GET",
      /^\/api\/conversations\/([^/]+)$/,
      ({ match, query }) => {
        const conversation = find(state.conversations, match[1], "conversation");
        const limit = Number(query.get("limit") ?? 50);
        let messages = path(conversation);
        const before = messages.findIndex((each) => each.id === query.get("before"));
        if (before >= 0) messages = messages.slice(0, before);
        const rows = messages.slice(-limit).map(view);
        const has_more = messages.length > limit;
        const next = has_more ? { next: rows[0].id } : {};
        return sent({
          ...conversationView(conversation),
          role: "owner",
          messages: rows,
          page: { limit, has_more, ...next },
        });
      },
    ],
    [
      "PATCH",
      /^\/api\/conversations\/([^/]+)$/,
      ({ match, body }) => {
        const conversation = Object.assign(find(state.conversations, match[1], "conversation"), body);
        save();
        return sent(conversationView(conversation));
      },
    ],
    [
      "DELETE",
      /^\/api\/conversations\/([^/]+)$/,
      ({ match }) => {
        const gone = find(state.conversations, match[1], "conversation");
        state.conversations = state.conversations.filter((each) => each !== gone);
        save();
        return { status: 204 };
      },
    ],
    [
      "POST",
      /^\/api\/conversations\/([^/]+)\/messages$/,
      ({ match, body }) => {
        const conversation = find(state.conversations, match[1], "conversation");
        if (conversationView(conversation).active_run_id)
          throw new Refusal(409, "reply_running", "Wait until the reply is there, or stop it.");
        const message = addMessage(conversation, conversation.head_id, "user", body.content);
        if (!conversation.title)
          Object.assign(conversation, { title: body.content.slice(0, 60), title_source: "first_words" });
        const model = body.model ?? conversation.model ?? "mock/echo";
        return {
          status: 202,
          body: { data: { message: view(message), ...reply(conversation, message.id, model, body.content) } },
        };
      },
    ],
    [
      "POST",
      /^\/api\/messages\/([^/]+)\/(regenerate|continue)$/,
      ({ match, body }) => {
        const message = find(state.messages, match[1], "message");
        const conversation = find(state.conversations, message.conversation_id, "conversation");
        const parent = find(state.messages, message.parent_id, "message");
        const again = match[2] === "continue" ? message : undefined;
        return {
          status: 202,
          body: { data: reply(conversation, parent.id, body.model ?? message.model, parent.content, again) },
        };
      },
    ],
    [
      "GET",
      /^\/api\/runs\/([^/]+)$/,
      ({ match }) => {
        const { events: _events, cancelled: _cancelled, ...run } = find(state.runs, match[1], "run");
        return sent(run);
      },
    ],
    [
      "POST",
      /^\/api\/runs\/([^/]+)\/cancel$/,
      ({ match }) => {
        const run = find(state.runs, match[1], "run");
        run.cancelled = true;
        return { status: 202, body: { data: { id: run.id, status: run.status } } };
      },
    ],
    [
      "GET",
      /^\/api\/runs\/([^/]+)\/events$/,
      ({ match, query, request, response }) => {
        const run = find(state.runs, match[1], "run");
        follow(run, Number(request.headers["last-event-id"] ?? query.get("after") ?? 0), response);
      },
    ],
  ];

  function follow(run, after, response) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.flushHeaders();
    let shown = after;
    let count = 0;
    const wake = () => {
      for (const event of run.events.filter((each) => each.seq > shown)) {
        response.write(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`);
        shown = event.seq;
        count += 1;
        if (event.type !== "complete" && count !== cutEvery) continue;
        listeners.get(run.id)?.delete(wake);
        response.end();
        return;
      }
    };
    const set = listeners.get(run.id) ?? listeners.set(run.id, new Set()).get(run.id);
    set.add(wake);
    response.on("close", () => set.delete(wake));
    wake();
  }

  function asset(url, response) {
    const wanted = join(dist, url.pathname);
    const found = url.pathname !== "/" && existsSync(wanted) && statSync(wanted).isFile();
    const file = found ? wanted : join(dist, "index.html");
    const packed = existsSync(`${file}.gz`);
    response.writeHead(200, {
      ...(packed ? { "content-encoding": "gzip" } : {}),
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-security-policy": CSP,
    });
    response.end(readFileSync(packed ? `${file}.gz` : file));
  }

  async function answer(request, response) {
    const url = new URL(request.url, "http://stoa");
    const [, , handle, access] =
      routes.find(([method, pattern]) => method === request.method && pattern.test(url.pathname)) ?? [];
    if (!handle && dist && request.method === "GET") return asset(url, response);
    try {
      if (!handle) throw new Refusal(404, "not_found", "There is no such path.");
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
      const match = routes
        .find(([method, pattern]) => method === request.method && pattern.test(url.pathname))[1]
        .exec(url.pathname);
      const own = access === "public" ? undefined : session(request);
      const result = handle({ request, response, body, match, query: url.searchParams, session: own });
      if (!result) return;
      response.writeHead(result.status, result.body ? { "content-type": "application/json" } : {});
      response.end(result.body ? JSON.stringify(result.body) : undefined);
    } catch (error) {
      const { status = 500, code = "internal", detail = String(error), errors = [] } = error;
      response.writeHead(status, { "content-type": "application/problem+json" });
      response.end(
        JSON.stringify({ type: "about:blank", title: code, status, code, detail, request_id: "req_fake", errors }),
      );
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(port, host, resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://${host}:${server.address().port}`, state, close };
}

function emptyState() {
  return { counter: 0, users: [], sessions: [], conversations: [], messages: [], runs: [] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name) => process.argv[process.argv.indexOf(name) + 1];
  const [host, port] = option("--listen").split(":");
  const dist = fileURLToPath(new URL("../../dist", import.meta.url));
  const data = process.argv.includes("--data") ? option("--data") : undefined;
  const { url } = await startFakeStoa({ host, port: Number(port), data, dist });
  process.stdout.write(`listening on ${url}\n`);
}
