/** The frame around every page of a logged-in user: conversations at the side, the account below them. */
import { createRoute, Outlet, redirect, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { meQuery, statusQuery } from "../features/accounts/queries";
import { UserMenu } from "../features/accounts/user-menu";
import { ConversationList } from "../features/conversations/conversation-list";
import { ConnectionNotice } from "../ui/connection-notice";
import { Icon } from "../ui/icon";
import { Failed, rootRoute } from "./root";
import "./shell.css";

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: async ({ context: { queryClient } }) => {
    const me = await queryClient.ensureQueryData(meQuery);
    if (!me) {
      const status = await queryClient.ensureQueryData(statusQuery);
      throw redirect({ to: status.first_start ? "/register" : "/login" });
    }
    const workspace = me.workspaces.find((each) => each.personal) ?? me.workspaces[0];
    if (!workspace) throw new Error("The account has no workspace.");
    return { me, workspace };
  },
  component: Shell,
  errorComponent: Failed,
});

function Shell() {
  const { me, workspace } = shellRoute.useRouteContext();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const selected = useParams({ strict: false }).conversationId;

  return (
    <div className="shell" data-open={open || undefined}>
      <a className="skip" href="#main">
        Skip to the conversation
      </a>
      <button
        type="button"
        className="button quiet icon-only menu-button"
        aria-label="Conversations"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name={open ? "close" : "menu"} />
      </button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the menu button and Escape do the same for the keyboard. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the open list closes it. */}
      <div className="shade" onClick={() => setOpen(false)} />
      <div
        className="side"
        role="none"
        onKeyDown={(event) => {
          if (event.key === "Escape") setOpen(false);
        }}
        onClick={(event) => {
          // On a phone the list covers the page: it has done its work when a link was followed.
          if (event.target instanceof Element && event.target.closest("a")) setOpen(false);
        }}
      >
        <ConversationList workspace={workspace.id} selected={selected} onGone={() => void navigate({ to: "/" })} />
        <UserMenu user={me.user} onLeft={() => void navigate({ to: "/login" })} />
      </div>
      <main id="main" className="main" tabIndex={-1}>
        <ConnectionNotice />
        <Outlet />
      </main>
    </div>
  );
}
