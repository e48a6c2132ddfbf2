/**
 * The loaded part of a conversation's shown branch, as pure functions: what a page that was read again, an older page, or a
 * question that is on its way does to it. `queries.ts` keeps the result in the cache.
 *
 * A long conversation is never read again as a whole. Invariant: `messages` is one unbroken chain of parents, oldest first; so
 * where a page's first message, or its parent, is known, everything known before it is before it still, and stays.
 */
import type { Asked, Collection, Message, ConversationPage as Page } from "../../api/types";

export interface Thread {
  readonly data: Omit<Page, "messages" | "page">;
  readonly messages: readonly Message[];
  /** Whether there are messages before the first one here. */
  readonly more: boolean;
}

/** The newest page was read: it replaces the end of what is known. */
export function mergeNewest(known: Thread | undefined, page: Page): Thread {
  const { messages: read, page: place, ...conversation } = page;
  if (!known) return { data: conversation, messages: read, more: place.has_more };
  const fresh = reuse(known.messages, read);
  const kept = lengthBefore(known.messages, fresh[0]);
  const messages = kept > 0 ? [...known.messages.slice(0, kept), ...fresh] : fresh;
  return {
    data: same(known.data, conversation) ? known.data : conversation,
    messages: sameList(known.messages, messages) ? known.messages : messages,
    more: kept > 0 ? known.more : place.has_more,
  };
}

/** The messages before `first` were read. They are dropped when something else stands at the top by now. */
export function prependOlder(known: Thread, first: string, page: Page): Thread {
  if (known.messages[0]?.id !== first) return known;
  return { ...known, messages: [...page.messages, ...known.messages], more: page.page.has_more };
}

/** What a person asks for: an answer to something new, to something said differently, another answer, or the rest of one. */
export type Ask =
  | { way: "send"; content: string; model: string | undefined; collection?: Collection }
  | { way: "edit"; message: Message; content: string; model: string | undefined }
  | { way: "regenerate"; message: Message; model: string | undefined }
  | { way: "continue"; message: Message };

const PENDING_QUESTION = "pending-question";
const PENDING_ANSWER = "pending-answer";

/** A message that is not on the server yet. */
export function isPending(message: Message): boolean {
  return message.id === PENDING_QUESTION || message.id === PENDING_ANSWER;
}

/** What the page shows while the server has not answered: the question, and an answer that has no word yet. */
export function withAsk(messages: readonly Message[], ask: Ask): readonly Message[] {
  if (ask.way === "continue") return messages;
  const kept = before(messages, ask);
  const parent = kept.at(-1)?.id ?? "";
  if (ask.way === "regenerate") return [...kept, draft(PENDING_ANSWER, parent, "assistant", "", ask.model)];
  return [
    ...kept,
    {
      ...draft(PENDING_QUESTION, parent, "user", ask.content),
      collection: "collection" in ask ? ask.collection : null,
    },
    draft(PENDING_ANSWER, PENDING_QUESTION, "assistant", "", ask.model),
  ];
}

/** The server has begun the answer: what it made takes its place at the end. */
export function takeAsked(messages: readonly Message[], ask: Ask, { message, reply }: Asked): readonly Message[] {
  switch (ask.way) {
    case "send":
      return [...messages.filter(({ id }) => id !== message.id && id !== reply.id), message, reply];
    case "edit":
      return [...before(messages, ask), versionAfter(ask.message, message), reply];
    case "regenerate":
      return [...before(messages, ask), ask.message.role === "user" ? reply : versionAfter(ask.message, reply)];
    case "continue":
      return [...before(messages, ask), { ...reply, siblings: ask.message.siblings }];
  }
}

/** Another version of a turn, as the newest of all; the server's own word on it comes with the next reading. */
function versionAfter(before: Message, message: Message): Message {
  const ids = [...(before.siblings?.ids ?? [before.id]).filter((id) => id !== message.id), message.id];
  return { ...message, siblings: { ids, index: ids.length - 1 } };
}

function draft(id: string, parent: string, role: Message["role"], content: string, model?: string): Message {
  const now = new Date().toISOString();
  return {
    id,
    conversation_id: "",
    parent_id: parent,
    role,
    content,
    model,
    status: role === "user" ? "complete" : "generating",
    prompt_tokens: 0,
    completion_tokens: 0,
    cost_micros: 0,
    pinned: false,
    created_at: now,
    updated_at: now,
  };
}

/** How many of the known messages stand before this one, on the same branch. */
function lengthBefore(known: readonly Message[], first: Message | undefined): number {
  if (!first) return 0;
  const at = known.findLastIndex(({ id }) => id === first.id);
  return at >= 0 ? at : known.findLastIndex(({ id }) => id === first.parent_id) + 1;
}

/** What stays above the new turn. A question that has no answer is itself what is answered. */
function before(messages: readonly Message[], ask: Ask): readonly Message[] {
  if (ask.way === "send") return messages;
  const at = messages.findLastIndex(({ id }) => id === ask.message.id);
  if (at < 0) return messages;
  return messages.slice(0, ask.way === "regenerate" && ask.message.role === "user" ? at + 1 : at);
}

/** The same objects for what has not changed, so that nothing is drawn again for it. */
function reuse(known: readonly Message[], read: readonly Message[]): readonly Message[] {
  const byId = new Map(known.slice(-2 * read.length).map((message) => [message.id, message]));
  return read.map((message) => {
    const before = byId.get(message.id);
    return before && same(before, message) ? before : message;
  });
}

function sameList(a: readonly Message[], b: readonly Message[]): boolean {
  return a.length === b.length && a.every((message, index) => message === b[index]);
}

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
