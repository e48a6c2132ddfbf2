/**
 * Workspaces, their members and invitations: what is read, and how it is changed.
 *
 * Who belongs where is part of `["me"]`, which the routes read: a change of it ends with `useRefreshMe` or `useReenter`.
 */
import {
  type InfiniteData,
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { call, callTagged } from "../../api/client";
import type { Invitation, Member, Role } from "../../api/types";
import { myInvitationsQuery } from "./my-invitations-query";

const MEMBERS_PAGE = 100;

/** The workspace with the version that was read. */
export const workspaceQuery = (id: string) =>
  queryOptions({
    queryKey: ["workspace", id],
    queryFn: async ({ signal }) => {
      const { body, etag } = await callTagged("get", "/api/workspaces/{workspace}", {
        path: { workspace: id },
        signal,
      });
      return { workspace: body.data, etag };
    },
  });

/** Its members, the oldest first. */
export const membersQuery = (workspace: string) =>
  infiniteQueryOptions({
    queryKey: ["workspace", workspace, "members"],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/workspaces/{workspace}/members", {
        path: { workspace },
        query: { limit: MEMBERS_PAGE, offset: pageParam },
        signal,
      }),
    initialPageParam: 0,
    getNextPageParam: ({ page, data }) => (page.has_more ? (page.offset ?? 0) + data.length : undefined),
  });

type MemberPages = InfiniteData<{ data: Member[] }, number>;

/** The invitations that nobody has answered. */
export const openInvitationsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["workspace", workspace, "invitations"],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/workspaces/{workspace}/invitations", { path: { workspace }, signal })).data,
  });

/** What an invitation is about, by the token of its link or by its id. */
export const invitationQuery = (invitation: string) =>
  queryOptions({
    queryKey: ["invitation", invitation],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/invitations/{invitation}", { path: { invitation }, signal })).data,
    staleTime: 0,
  });

/** Reads again who the user is and where they belong; for whoever then goes to another address. */
export function useRefreshMe() {
  const client = useQueryClient();
  return () => client.refetchQueries({ queryKey: ["me"] });
}

/** The same for whoever stays: the routes look at it again. */
export function useReenter() {
  const refreshMe = useRefreshMe();
  const router = useRouter();
  return async () => {
    await refreshMe();
    await router.invalidate();
  };
}

export function useUpdateWorkspace(id: string) {
  const client = useQueryClient();
  const reenter = useReenter();
  return useMutation({
    /** Without an `etag` it is written whatever was there. */
    mutationFn: ({ etag, ...body }: { name: string; description: string; etag: string | null }) =>
      callTagged("patch", "/api/workspaces/{workspace}", {
        path: { workspace: id },
        body,
        headers: etag ? { "If-Match": etag } : undefined,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["workspace", id], exact: true });
      await reenter();
    },
    // Refused because somebody else was faster: what is there now is read, so that it can be shown.
    onError: () => client.invalidateQueries({ queryKey: ["workspace", id], exact: true }),
  });
}

export function useCreateWorkspace() {
  const refreshMe = useRefreshMe();
  return useMutation({
    mutationFn: async (body: { name: string; description?: string; slug?: string }) =>
      (await call("post", "/api/workspaces", { body })).data,
    onSuccess: refreshMe,
  });
}

export async function deleteWorkspace(id: string): Promise<void> {
  await call("delete", "/api/workspaces/{workspace}", { path: { workspace: id } });
}

export async function removeMember(workspace: string, user: string): Promise<void> {
  await call("delete", "/api/workspaces/{workspace}/members/{user}", { path: { workspace, user } });
}

/** Shown at once, taken back when the server refuses. */
export function useChangeRole(workspace: string) {
  const client = useQueryClient();
  const { queryKey } = membersQuery(workspace);
  return useMutation({
    mutationFn: ({ user, role }: { user: string; role: Role }) =>
      call("patch", "/api/workspaces/{workspace}/members/{user}", { path: { workspace, user }, body: { role } }),
    onMutate: async ({ user, role }) => {
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey);
      client.setQueryData<MemberPages>(queryKey as readonly unknown[], (pages) => pages && withRole(pages, user, role));
      return { before };
    },
    onError: (_error, _change, context) => client.setQueryData(queryKey, context?.before),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

function withRole(pages: MemberPages, user: string, role: Role): MemberPages {
  const change = (member: Member) => (member.user_id === user ? { ...member, role } : member);
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, data: page.data.map(change) })) };
}

/** The answer has the token of the link, this once. */
export function useInvite(workspace: string) {
  const client = useQueryClient();
  const { queryKey } = openInvitationsQuery(workspace);
  return useMutation({
    mutationFn: async (body: { email: string; role: Role }) =>
      (await call("post", "/api/workspaces/{workspace}/invitations", { path: { workspace }, body })).data,
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
}

/** Gone at once, back when the server refuses. */
export function useRevoke(workspace: string) {
  const client = useQueryClient();
  const { queryKey } = openInvitationsQuery(workspace);
  return useMutation({
    mutationFn: (invitation: string) =>
      call("delete", "/api/workspaces/{workspace}/invitations/{invitation}", { path: { workspace, invitation } }),
    onMutate: async (invitation) => {
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey);
      client.setQueryData(queryKey, (all) => all?.filter(({ id }) => id !== invitation));
      return { before };
    },
    onError: (_error, _invitation, context) => client.setQueryData(queryKey, context?.before),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

/** Answers an invitation, by id or token; what it leads to when it was accepted. */
export function useAnswerInvitation() {
  const client = useQueryClient();
  const refreshMe = useRefreshMe();
  return useMutation({
    mutationFn: async ({ invitation, accept }: { invitation: string; accept: boolean }) => {
      const path = { invitation };
      if (accept) return (await call("post", "/api/invitations/{invitation}/accept", { path })).data;
      await call("post", "/api/invitations/{invitation}/decline", { path });
      return null;
    },
    onSuccess: async (joined, { invitation }) => {
      client.setQueryData<Invitation[]>(myInvitationsQuery.queryKey, (all) =>
        all?.filter(({ id }) => id !== invitation),
      );
      void client.invalidateQueries({ queryKey: myInvitationsQuery.queryKey });
      if (joined) await refreshMe();
    },
  });
}
