import { describe, expect, test } from "vitest";
import type { ConversationPage, Message } from "../../api/types";
import { isPending, mergeNewest, prependOlder, type Thread, takeAsked, withAsk } from "./thread";

const TIME = "2026-11-21T12:00:00Z";

function message(id: string, parent: string, fields: Partial<Message> = {}): Message {
  return {
    id,
    conversation_id: "cnv_1",
    parent_id: parent,
    role: "user",
    content: id,
    status: "complete",
    prompt_tokens: 0,
    completion_tokens: 0,
    cost_micros: 0,
    pinned: false,
    created_at: TIME,
    updated_at: TIME,
    ...fields,
  };
}

/** Messages `m<from>` to `m<to>`, each the child of the one before. */
function chain(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(`m${from + index}`, `m${from + index - 1}`));
}

function page(messages: Message[], more = true): ConversationPage {
  return {
    id: "cnv_1",
    workspace_id: "ws_1",
    user_id: "usr_1",
    kind: "chat",
    title: "A title",
    title_source: "user",
    branched: false,
    pinned: false,
    archived: false,
    blind: false,
    lanes: [],
    cost_micros: 0,
    message_count: 100,
    last_message_at: TIME,
    created_at: TIME,
    updated_at: TIME,
    role: "member",
    messages,
    page: { limit: 50, has_more: more, next: more ? messages[0]?.id : undefined },
  };
}

const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);
const loaded = (from: number, to: number, more = true): Thread => mergeNewest(undefined, page(chain(from, to), more));

describe("the newest page, read again", () => {
  test("keeps the older messages and puts the new ones behind them", () => {
    const known = prependOlder(loaded(20, 29), "m20", page(chain(0, 19), false));
    const next = mergeNewest(known, page(chain(24, 33)));
    expect(ids(next.messages)).toEqual(ids(chain(0, 33)));
    expect(next.more).toBe(false);
  });

  test("goes on where it follows without an overlap", () => {
    const next = mergeNewest(loaded(10, 19), page(chain(20, 29)));
    expect(ids(next.messages)).toEqual(ids(chain(10, 29)));
    expect(next.more).toBe(true);
  });

  test("stands alone when there is a gap before it: there must be no hole in the chain", () => {
    const next = mergeNewest(loaded(10, 19, false), page(chain(30, 39)));
    expect(ids(next.messages)).toEqual(ids(chain(30, 39)));
    expect(next.more).toBe(true);
  });

  test("shows another branch from where it parts", () => {
    const other = [message("m15", "m14"), message("x16", "m15"), message("x17", "x16")];
    expect(ids(mergeNewest(loaded(10, 19), page(other)).messages)).toEqual([...ids(chain(10, 15)), "x16", "x17"]);
  });

  test("drops what was deleted at the end, and all of it when nothing is left", () => {
    expect(ids(mergeNewest(loaded(0, 9, false), page(chain(0, 6), false)).messages)).toEqual(ids(chain(0, 6)));
    expect(mergeNewest(loaded(0, 9, false), page([], false))).toMatchObject({ messages: [], more: false });
  });

  test("changes nothing when nothing has changed, not even an object", () => {
    const known = prependOlder(loaded(20, 29), "m20", page(chain(0, 19), false));
    const next = mergeNewest(known, page(structuredClone(chain(20, 29))));
    expect(next.messages).toBe(known.messages);
    expect(next.data).toBe(known.data);
  });

  test("replaces only the message that has changed", () => {
    const known = loaded(0, 9);
    const read = structuredClone(chain(0, 9));
    read[9] = message("m9", "m8", { content: "whole now" });
    const next = mergeNewest(known, page(read));
    expect(next.messages[9]?.content).toBe("whole now");
    expect(next.messages[8]).toBe(known.messages[8]);
  });
});

test("older messages that come for another beginning are dropped", () => {
  const known = loaded(20, 29);
  expect(prependOlder(known, "m10", page(chain(0, 9)))).toBe(known);
});

describe("an ask", () => {
  const question = message("q", "");
  const answer = message("a", "q", { role: "assistant" });
  const asked = (id: string, reply: string) => ({
    message: message(id, ""),
    reply: message(reply, id, { role: "assistant", status: "generating", run_id: "run_1" }),
    run: { id: "run_1", status: "queued" },
  });

  test("to send shows question and answer at once, then those of the server", () => {
    const ask = { way: "send", content: "Why?", model: "mock/echo" } as const;
    const shown = withAsk([question, answer], ask);
    expect(shown.map(({ role, content, status }) => [role, content, status]).slice(2)).toEqual([
      ["user", "Why?", "complete"],
      ["assistant", "", "generating"],
    ]);
    expect(shown.map(isPending)).toEqual([false, false, true, true]);
    expect(ids(takeAsked([question, answer], ask, asked("q2", "a2")))).toEqual(["q", "a", "q2", "a2"]);
  });

  test("that was already taken is not there twice", () => {
    const ask = { way: "send", content: "q", model: undefined } as const;
    expect(ids(takeAsked([question, answer], ask, asked("q", "a")))).toEqual(["q", "a"]);
  });

  test("to say it differently replaces the turn and all below it, and knows both versions", () => {
    const ask = { way: "edit", message: question, content: "Differently", model: undefined } as const;
    expect(withAsk([question, answer], ask).map(({ content }) => content)).toEqual(["Differently", ""]);
    const taken = takeAsked([question, answer], ask, asked("q2", "a2"));
    expect(ids(taken)).toEqual(["q2", "a2"]);
    expect(taken[0]?.siblings).toEqual({ ids: ["q", "q2"], index: 1 });
  });

  test("for another answer keeps the question", () => {
    const three = { ...answer, siblings: { ids: ["a", "b"], index: 0 } };
    const ask = { way: "regenerate", message: three, model: "mock/echo" } as const;
    expect(withAsk([question, three], ask).map(({ status }) => status)).toEqual(["complete", "generating"]);
    const taken = takeAsked([question, three], ask, asked("q", "c"));
    expect(ids(taken)).toEqual(["q", "c"]);
    expect(taken[1]?.siblings).toEqual({ ids: ["a", "b", "c"], index: 2 });
  });

  test("for an answer to a question that has none keeps the question", () => {
    const ask = { way: "regenerate", message: question, model: undefined } as const;
    expect(withAsk([question], ask).map(({ role }) => role)).toEqual(["user", "assistant"]);
    const taken = takeAsked([question], ask, asked("q", "a"));
    expect(ids(taken)).toEqual(["q", "a"]);
    expect(taken[1]?.siblings).toBeUndefined();
  });

  test("for the rest of an answer leaves it where it is", () => {
    const ask = { way: "continue", message: answer } as const;
    expect(withAsk([question, answer], ask)).toEqual([question, answer]);
    expect(ids(takeAsked([question, answer], ask, asked("q", "a")))).toEqual(["q", "a"]);
  });
});
