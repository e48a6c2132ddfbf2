/**
 * The settings of a user, a workspace and the installation: one frame, a page for each name in the address. Nothing of it is
 * loaded before one goes there.
 */
import { createRoute } from "@tanstack/react-router";
import { lazy } from "react";
import { Failed, rootRoute } from "./root";
import { enter } from "./session";

const SettingsFrame = lazy(() => import("./settings-frame"));

export const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/w/$workspace/settings/$page",
  beforeLoad: ({ context: { queryClient }, params, location }) => enter(queryClient, params.workspace, location.href),
  component: function Settings() {
    const { me, workspace } = settingsRoute.useRouteContext();
    const { page } = settingsRoute.useParams();
    return <SettingsFrame me={me} workspace={workspace} page={page} />;
  },
  errorComponent: Failed,
});
