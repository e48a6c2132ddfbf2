import { expect, test } from "vitest";
import type { Connection } from "../../api/types";
import {
  AGENT_HEADERS,
  createBody,
  type Draft,
  draftOf,
  faultsOf,
  freeSlug,
  newDraft,
  updateBody,
  withHeader,
} from "./draft";
import { offered, PRESETS, type PresetId, presetOf } from "./providers";

function preset(id: PresetId) {
  const found = PRESETS.find((each) => each.id === id);
  if (!found) throw new Error(`no ${id}`);
  return found;
}
const none = new Set<string>();

const stored: Connection = {
  id: "con_1",
  scope: "system",
  kind: "openai",
  slug: "team",
  name: "Team server",
  enabled: true,
  builtin: false,
  can_manage: true,
  base_url: "https://llm.example/v1",
  key_hint: "…abcd",
  headers: ["x-team"],
  health: { state: "ok" },
  created_at: "2026-11-21T00:00:00Z",
  updated_at: "2026-11-21T00:00:00Z",
};

const draft = (change: Partial<Draft> = {}): Draft => ({
  name: "OpenAI",
  slug: "openai",
  baseUrl: "",
  key: "sk-1",
  headers: [],
  rag: false,
  callerEmail: false,
  requestsPerMinute: "",
  tokensPerMinute: "",
  ...change,
});

test("a slug that is in use gets a number", () => {
  expect(freeSlug("openai", none)).toBe("openai");
  expect(freeSlug("openai", new Set(["openai", "openai-2"]))).toBe("openai-3");
  expect(newDraft(preset("mock"), "Mock", new Set(["mock-2"])).slug).toBe("mock-3");
});

test("a new connection needs what its provider needs", () => {
  expect(faultsOf(draft(), preset("openai"), none)).toEqual({});
  expect(faultsOf(draft({ key: " " }), preset("openai"), none)).toEqual({ key: "keyMissing" });
  expect(faultsOf(draft({ key: "sk 1" }), preset("openai"), none)).toEqual({ key: "keyWrong" });
  expect(faultsOf(draft({ key: "" }), preset("server"), none)).toEqual({ baseUrl: "addressMissing" });
  expect(faultsOf(draft({ name: " ", slug: "a b" }), preset("openai"), none)).toEqual({
    name: "nameMissing",
    slug: "slugWrong",
  });
  expect(faultsOf(draft({ slug: "mock" }), preset("openai"), none).slug).toBe("slugReserved");
  expect(faultsOf(draft(), preset("openai"), new Set(["openai"])).slug).toBe("slugTaken");
});

test("an address is the root of an API and carries no credential", () => {
  const fault = (baseUrl: string) => faultsOf(draft({ baseUrl }), preset("server"), none).baseUrl;
  expect(fault("http://localhost:1234/v1")).toBeUndefined();
  for (const wrong of ["localhost:1234", "ftp://a.example", "https://a.example?k=1", "https://a.example/#x"])
    expect(fault(wrong), wrong).toBe("addressWrong");
  expect(fault("https://u:p@a.example")).toBe("addressSecret");
});

test("an empty key stays the stored one, unless it would go to another host", () => {
  const same = draftOf(stored);
  expect(faultsOf(same, preset("server"), none, stored)).toEqual({});
  expect(updateBody(same, stored)).toEqual({});
  expect(updateBody({ ...same, name: "New ", key: " sk-2 " }, stored)).toEqual({ name: "New", api_key: "sk-2" });
  const moved = { ...same, baseUrl: "https://other.example/v1" };
  expect(faultsOf(moved, preset("server"), none, stored)).toEqual({ key: "keyAgain", headers: "headersAgain" });
});

test("headers that were not touched are not sent, and an empty list takes them away", () => {
  expect(updateBody({ ...draftOf(stored), headers: [] }, stored)).toEqual({ headers: {} });
  expect(updateBody({ ...draftOf(stored), headers: [{ name: "x-a ", value: " 1" }] }, stored)).toEqual({
    headers: { "x-a": "1" },
  });
  expect(faultsOf(draft({ headers: [{ name: "", value: "1" }] }), preset("openai"), none).headers).toBe("headersWrong");
});

const gateway: Partial<Draft> = {
  name: "FabriX",
  slug: "agents",
  baseUrl: "https://gateway.example.com",
  key: "token",
};

test("a gateway of agents wants a client and an address of who asks", () => {
  const begun = { ...newDraft(preset("fabrix"), "FabriX", none), ...gateway };
  expect(faultsOf(begun, preset("fabrix"), none)).toEqual({ client: "clientMissing", email: "emailWrong" });
  const headers = withHeader(
    withHeader(begun.headers ?? [], AGENT_HEADERS.client, "stoa "),
    AGENT_HEADERS.email,
    "a@b.c",
  );
  const written = { ...begun, headers, rag: true, requestsPerMinute: "60" };
  expect(faultsOf(written, preset("fabrix"), none)).toEqual({});
  expect(createBody(written, preset("fabrix"), "system", undefined)).toEqual({
    scope: "system",
    kind: "fabrix",
    slug: "agents",
    name: "FabriX",
    base_url: "https://gateway.example.com",
    api_key: "token",
    headers: { "x-fabrix-client": "stoa", "x-generative-ai-user-email": "a@b.c" },
    settings: { requests_per_minute: 60, rag: true },
  });
  // Whoever asks is named: a fixed address is only for calls without a user.
  const named = { ...written, callerEmail: true, headers: withHeader(headers, AGENT_HEADERS.email, " ") };
  expect(faultsOf(named, preset("fabrix"), none)).toEqual({});
  expect(createBody(named, preset("fabrix"), "system", undefined)).toMatchObject({
    headers: { "x-fabrix-client": "stoa" },
    settings: { caller_email: true },
  });
  expect(faultsOf({ ...named, callerEmail: false }, preset("fabrix"), none)).toEqual({ email: "emailWrong" });
  // Another kind asks for neither, whatever its headers.
  expect(faultsOf(draft({ headers: begun.headers }), preset("openai"), none)).toEqual({});
});

test("settings change only where the form says so, and what it does not know stays", () => {
  const before = { ...stored, settings: { prices: { "*": { input: 1 } }, rag: true, tokens_per_minute: 5 } };
  const same = draftOf(before);
  expect([same.rag, same.tokensPerMinute, same.requestsPerMinute]).toEqual([true, "5", ""]);
  expect(updateBody(same, before)).toEqual({});
  expect(updateBody({ ...same, rag: false, tokensPerMinute: "", requestsPerMinute: "7" }, before)).toEqual({
    settings: { prices: { "*": { input: 1 } }, rag: false, requests_per_minute: 7 },
  });
  for (const wrong of ["0", "1.5", "many", "1000001"])
    expect(faultsOf(draft({ requestsPerMinute: wrong }), preset("openai"), none), wrong).toEqual({
      requestsPerMinute: "rateWrong",
    });
});

test("what is sent names the workspace only where it belongs to one", () => {
  expect(createBody(draft(), preset("openai"), "user", "ws_1")).toEqual({
    scope: "user",
    kind: "openai",
    slug: "openai",
    name: "OpenAI",
    api_key: "sk-1",
  });
  expect(createBody(draft(), preset("openai"), "workspace", "ws_1").workspace).toBe("ws_1");
});

test("servers in one's own network and mock models are offered to administrators", () => {
  const ids = (scope: "user" | "system", mock: boolean) => offered(scope, mock).map(({ id }) => id);
  expect(ids("user", true)).toEqual(["openai", "anthropic", "gemini", "openrouter", "server", "fabrix"]);
  expect(ids("system", false)).toContain("ollama");
  expect(ids("system", true)).toContain("mock");
});

test("a stored connection is recognised", () => {
  expect(presetOf(stored)?.id).toBe("server");
  expect(presetOf({ kind: "openai", slug: "x", base_url: null })?.id).toBe("openai");
  expect(presetOf({ kind: "openai", slug: "x", base_url: "http://box:11434/v1" })?.id).toBe("ollama");
  expect(presetOf({ kind: "gemini", slug: "x" })?.id).toBe("gemini");
  expect(presetOf({ kind: "local", slug: "local" })).toBeUndefined();
});
