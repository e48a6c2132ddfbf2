import { afterEach, expect, test, vi } from "vitest";
import { address, call, callTagged, limitMs } from "./client";
import { connection } from "./connection";
import { ApiError, Unreachable } from "./problem";

afterEach(() => {
  vi.unstubAllGlobals();
  connection.report("fine");
});

function answerWith(response: Response | Error) {
  const fetch = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(async () => {
    if (response instanceof Error) throw response;
    return response;
  });
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

test("fills the path, adds the query, and leaves out what is absent", () => {
  expect(address("/api/x/{id}/y", { id: "a/b" }, { limit: 2, after: undefined, q: "ö&" })).toBe(
    "/api/x/a%2Fb/y?limit=2&q=%C3%B6%26",
  );
});

test("sends JSON with the header that proves where it comes from", async () => {
  const fetch = answerWith(Response.json({ data: { token: "t" } }));
  await call("post", "/api/auth/login", { body: { email: "a@b.c", password: "p" } });
  const [url, init] = fetch.mock.calls[0] ?? [];
  expect(url).toBe("/api/auth/login");
  expect(init).toMatchObject({ method: "POST", body: '{"email":"a@b.c","password":"p"}' });
  expect(init?.headers).toMatchObject({ "X-Stoa-Client": "web", "Content-Type": "application/json" });
});

test("the version of what was read comes with it when asked for", async () => {
  answerWith(Response.json({ data: {} }, { headers: { ETag: '"v1"' } }));
  const { body, etag } = await callTagged("get", "/api/workspaces/{workspace}", { path: { workspace: "w" } });
  expect([body, etag]).toEqual([{ data: {} }, '"v1"']);
});

test("an answer without a body is nothing", async () => {
  answerWith(new Response(null, { status: 204 }));
  expect(await call("post", "/api/auth/logout", {})).toBeUndefined();
});

test("a problem is thrown as an ApiError, and the server counts as reachable", async () => {
  answerWith(
    Response.json({ code: "not_found", detail: "There is no such thing.", request_id: "req_1" }, { status: 404 }),
  );
  const failed = call("get", "/api/auth/me", {});
  await expect(failed).rejects.toEqual(new ApiError(404, "not_found", "There is no such thing.", [], "req_1"));
  expect(connection.current()).toBe("fine");
});

test("no answer is Unreachable, and the connection counts as lost until it is back", async () => {
  answerWith(new TypeError("fetch failed"));
  await expect(call("get", "/api/auth/me", {})).rejects.toBeInstanceOf(Unreachable);
  expect(connection.current()).toBe("lost");
});

test("an abort is no lost connection", async () => {
  const controller = new AbortController();
  controller.abort();
  answerWith(new DOMException("aborted", "AbortError"));
  await expect(call("get", "/api/auth/me", { signal: controller.signal })).rejects.toThrow("aborted");
  expect(connection.current()).toBe("fine");
});

test("an answer that breaks off is no answer", async () => {
  answerWith(new Response('{"data": {"token', { headers: { "Content-Type": "application/json" } }));
  await expect(call("get", "/api/auth/me", {})).rejects.toBeInstanceOf(Unreachable);
});

test("an answer that takes too long is no answer", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new DOMException("late", "TimeoutError");
  });
  const late = AbortSignal.abort(new DOMException("late", "TimeoutError"));
  await expect(call("get", "/api/auth/me", { signal: late })).rejects.toBeInstanceOf(Unreachable);
});

test("what asks another server may take longer than a read", () => {
  const read = limitMs("get", "/api/models");
  const write = limitMs("patch", "/api/settings");
  const upstream = limitMs("post", "/api/connections/{connection}/test");
  expect(read).toBeLessThan(write);
  expect(write).toBeLessThan(upstream);
});
