/** The words of the settings' frame. */
import { catalogue } from "../i18n/catalogue";

const en = {
  title: "Settings",
  back: "Back to the conversations",
  you: "You",
  personal: "Personal workspace",
  installation: "Installation",
  pages: {
    profile: "Profile",
    preferences: "Preferences",
    security: "Password and sessions",
    keys: "API keys",
    "my-connections": "Your provider keys",
    usage: "Usage",
    general: "General",
    members: "Members",
    connections: "Provider connections",
    routes: "Routes",
    budgets: "Budgets",
    "workspace-keys": "API keys",
    "workspace-usage": "Usage",
    users: "Users",
    "all-conversations": "Conversations",
    "system-connections": "Provider connections",
    "all-routes": "Routes",
    "all-keys": "API keys",
    health: "Provider health",
    "all-budgets": "Budgets",
    prices: "Prices",
    "all-usage": "Usage",
    audit: "Audit log",
    performance: "Performance",
    installation: "Application settings",
    "new-workspace": "New workspace",
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./settings-texts.de"));
