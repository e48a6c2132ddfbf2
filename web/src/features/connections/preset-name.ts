/** What people read as the name of a provider: its own, or words of the page. */
import type { Connection } from "../../api/types";
import { type Preset, presetOf } from "./providers";
import type { Texts } from "./texts";

export function presetName(t: Texts, preset: Preset): string {
  if (preset.id === "server") return t.serverName;
  if (preset.id === "mock") return t.mockName;
  if (preset.id === "fabrix") return t.gatewayName;
  return preset.name;
}

export function kindName(t: Texts, connection: Connection): string {
  const preset = presetOf(connection);
  if (preset?.id === "server") return t.serverKind;
  return preset ? presetName(t, preset) : t.localName;
}
