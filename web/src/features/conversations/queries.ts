/**
 * Conversations and their messages: keys, queries and mutations.
 *
 * The messages of a conversation are pages, the newest page first, each page in the order of time. Mutations write what the
 * server answered into these pages; `use-reply.ts` reads the conversation again when a reply has ended.
 */
import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useRef } from "react";
import { call } from "../../api/client";
import { Unreachable } from "../../api/problem";
import { announce } from "../../api/tabs";
import type { Conversation, Message } from "../../api/types";
import { forgetDraft } from "./composer/use-draft";
import { conversationsQuery } from "./list/list-queries";

const MESSAGE_PAGE = 50;

export const conversationQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["conversation", id],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/conversations/{conversation}", {
        path: { conversation: id },
        query: { limit: MESSAGE_PAGE, before: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.data.page.next ?? undefined,
    refetchOnWindowFocus: "always",
  });

type MessagePages = InfiniteData<{ data: Conversation & { messages: Message[] } }>;

/** All loaded messages, oldest first. */
export function messagesOf(pages: MessagePages | undefined): Message[] {
  return pages ? pages.pages.toReversed().flatMap((page) => page.data.messages) : [];
}

/** What the user has typed and sent, while the server has not answered yet. */
interface Outgoing {
  content: string;
  model: string | undefined;
  /** Absent in a new conversation, which is then made first. */
  conversation: string | undefined;
  /** The last message that was known when it was sent. */
  after: string | undefined;
}

interface Sent {
  id: string;
  message: Message;
  reply: Message;
}

/** Sends a message; makes the conversation first when there is none. Gives the conversation's id, the message and the reply. */
export function useSend(workspace: string) {
  const client = useQueryClient();
  // Kept for the next attempt when the conversation was made but the message was not taken.
  const made = useRef<string>(undefined);
  const unsure = useRef<Outgoing>(undefined);
  return useMutation({
    mutationFn: async (outgoing: Outgoing): Promise<Sent> => {
      made.current ??= outgoing.conversation ?? (await createConversation(client, workspace, outgoing.model));
      const id = made.current;
      // Without an answer the last attempt may have been stored all the same: then this one must not be a second message.
      if (unsure.current?.content === outgoing.content) {
        const found = await findSent(id, unsure.current);
        if (found) return found;
      }
      const { data } = await call("post", "/api/conversations/{conversation}/messages", {
        path: { conversation: id },
        body: { content: outgoing.content, model: outgoing.model },
      });
      return { id, message: data.message, reply: data.reply };
    },
    // Here and not at the call, so that it also happens when the user has left the page meanwhile.
    onSuccess: ({ id, message, reply }, outgoing) => {
      unsure.current = undefined;
      forgetDraft(outgoing.conversation, outgoing.content);
      setMessages(client, id, (messages) => [...without(messages, [message.id, reply.id]), message, reply]);
      void changed(client, workspace, id);
    },
    onError: (error, outgoing) => {
      unsure.current = error instanceof Unreachable ? outgoing : undefined;
      if (made.current) void client.invalidateQueries({ queryKey: conversationQuery(made.current).queryKey });
    },
  });
}

/** The message of an attempt whose answer was lost, and the reply to it; undefined when it never arrived. */
async function findSent(id: string, { content, after }: Outgoing): Promise<Sent | undefined> {
  const { data } = await call("get", "/api/conversations/{conversation}", { path: { conversation: id } });
  const later = data.messages.slice(data.messages.findIndex((message) => message.id === after) + 1);
  const index = later.findIndex((message) => message.role === "user" && message.content === content);
  const [message, reply] = index < 0 ? [] : later.slice(index);
  return message && reply && { id, message, reply };
}

async function createConversation(client: QueryClient, workspace: string, model: string | undefined): Promise<string> {
  const { data } = await call("post", "/api/workspaces/{workspace}/conversations", {
    path: { workspace },
    body: { model },
  });
  client.setQueryData(conversationQuery(data.id).queryKey, {
    pages: [{ data: { ...data, role: "member", messages: [], page: { limit: MESSAGE_PAGE, has_more: false } } }],
    pageParams: [undefined],
  });
  return data.id;
}

/** Asks for another answer to the same message, or for the rest of an interrupted one. */
export function useAnswerAgain(workspace: string, conversation: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({
      message,
      way,
      model,
    }: {
      message: Message;
      way: "regenerate" | "continue";
      model?: string;
    }) => {
      const path = { message: message.id };
      const answer =
        way === "continue"
          ? await call("post", "/api/messages/{message}/continue", { path, body: {} })
          : await call("post", "/api/messages/{message}/regenerate", { path, body: { model } });
      return { replaced: message.id, reply: answer.data.reply };
    },
    onSuccess: ({ replaced, reply }) => {
      setMessages(client, conversation, (messages) => {
        const index = messages.findIndex((each) => each.id === replaced);
        return index < 0 ? [...messages, reply] : [...messages.slice(0, index), reply];
      });
      void changed(client, workspace, conversation);
    },
  });
}

/** Stops a run, from whichever tab. The end comes through the run's events. */
export function useStop() {
  return useMutation({ mutationFn: (run: string) => call("post", "/api/runs/{run}/cancel", { path: { run } }) });
}

/** Shows another version of a turn: the branch of this message, down to its newest end. */
export function useShowBranch(workspace: string, conversation: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (head: string) =>
      call("patch", "/api/conversations/{conversation}", { path: { conversation }, body: { head_id: head } }),
    // Pending until the other branch is on the page.
    onSuccess: () => changed(client, workspace, conversation),
  });
}

/** Reads the list and this conversation again, here and in the other tabs; done when the conversation is there. */
function changed(client: QueryClient, workspace: string, id: string): Promise<void> {
  announce({ kind: "conversation", id });
  void client.invalidateQueries({ queryKey: conversationsQuery(workspace).queryKey });
  return client.invalidateQueries({ queryKey: conversationQuery(id).queryKey });
}

function setMessages(client: QueryClient, id: string, change: (newest: Message[]) => Message[]): void {
  client.setQueryData(
    conversationQuery(id).queryKey,
    (pages) =>
      pages &&
      mapPages(pages, (page, index) =>
        index === 0 ? { ...page, data: { ...page.data, messages: change(page.data.messages) } } : page,
      ),
  );
}

function mapPages<P, I>(cached: InfiniteData<P, I>, change: (page: P, index: number) => P): InfiniteData<P, I> {
  return { ...cached, pages: cached.pages.map(change) };
}

function without(messages: Message[], ids: string[]): Message[] {
  return messages.filter((message) => !ids.includes(message.id));
}
