/**
 * The user's preferences: in force wherever they are logged in, from the server's answer on.
 *
 * Invariant: what the cache of `meQuery` says is what the page looks like and speaks. A change is therefore written into the
 * cache first, and taken back there when the server refuses it.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { call } from "../../api/client";
import type { Me, Preferences } from "../../api/types";
import { speak } from "../../i18n/catalogue";
import { applyTheme } from "../../ui/theme";
import { meQuery } from "./queries";

/** Makes the page look and speak as the user has set it. Called by the frames that know who is logged in. */
export function useApplyPreferences(me: Me): void {
  const { theme, locale } = usePreferences(me);
  useEffect(() => applyTheme(theme), [theme]);
  useEffect(() => void speak(locale), [locale]);
}

/** The preferences as they are now, also while a change is on its way. */
export function usePreferences(me: Me): Preferences {
  // The frame's `me` is as old as the navigation that brought it.
  return (useQuery(meQuery).data ?? me).preferences;
}

/** Changes some; the rest stays. Several changes at once arrive in the order in which they were made. */
export function useSavePreferences() {
  const client = useQueryClient();
  const put = (change: Partial<Preferences>) =>
    client.setQueryData(meQuery.queryKey, (me) => me && { ...me, preferences: { ...me.preferences, ...change } });
  return useMutation({
    scope: { id: "preferences" },
    mutationFn: (change: Partial<Preferences>) => call("patch", "/api/auth/preferences", { body: change }),
    onMutate: async (change) => {
      await client.cancelQueries(meQuery);
      const before = client.getQueryData(meQuery.queryKey)?.preferences;
      put(change);
      return before && Object.fromEntries(Object.keys(change).map((name) => [name, before[name as keyof Preferences]]));
    },
    onError: (_error, _change, before) => before && put(before),
  });
}
