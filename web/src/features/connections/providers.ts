/** The providers that the page offers to connect, with what is usual for each. Names of services are the same in every language. */
import type { Connection, ConnectionKind, ConnectionScope } from "../../api/types";

export type PresetId = "openai" | "anthropic" | "gemini" | "openrouter" | "ollama" | "server" | "fabrix" | "mock";

export interface Preset {
  id: PresetId;
  kind: ConnectionKind;
  /** Empty where the words of the page name it. */
  name: string;
  slug: string;
  /** Filled in beforehand. */
  baseUrl: string;
  /** The address has to be given: there is no usual one. */
  address: boolean;
  key: "required" | "optional" | "none";
  /** Where one gets a key. */
  keyPage?: string;
  keyStart?: string;
}

export const PRESETS: readonly Preset[] = [
  {
    id: "openai",
    kind: "openai",
    name: "OpenAI",
    slug: "openai",
    baseUrl: "",
    address: false,
    key: "required",
    keyPage: "https://platform.openai.com/api-keys",
    keyStart: "sk-…",
  },
  {
    id: "anthropic",
    kind: "anthropic",
    name: "Anthropic",
    slug: "anthropic",
    baseUrl: "",
    address: false,
    key: "required",
    keyPage: "https://console.anthropic.com/settings/keys",
    keyStart: "sk-ant-…",
  },
  {
    id: "gemini",
    kind: "gemini",
    name: "Google Gemini",
    slug: "gemini",
    baseUrl: "",
    address: false,
    key: "required",
    keyPage: "https://aistudio.google.com/apikey",
    keyStart: "AIza…",
  },
  {
    id: "openrouter",
    kind: "openai",
    name: "OpenRouter",
    slug: "openrouter",
    baseUrl: "https://openrouter.ai/api/v1",
    address: true,
    key: "required",
    keyPage: "https://openrouter.ai/settings/keys",
    keyStart: "sk-or-…",
  },
  {
    id: "ollama",
    kind: "openai",
    name: "Ollama",
    slug: "ollama",
    baseUrl: "http://localhost:11434/v1",
    address: true,
    key: "optional",
  },
  { id: "server", kind: "openai", name: "", slug: "server", baseUrl: "", address: true, key: "optional" },
  { id: "fabrix", kind: "fabrix", name: "FabriX", slug: "agents", baseUrl: "", address: true, key: "required" },
  { id: "mock", kind: "mock", name: "Mock", slug: "mock-2", baseUrl: "", address: false, key: "none" },
];

/** Servers that speak OpenAI's format, where they are found when nobody changed it. */
export const USUAL_SERVERS: readonly { name: string; slug: string; baseUrl: string }[] = [
  { name: "LM Studio", slug: "lm-studio", baseUrl: "http://localhost:1234/v1" },
  { name: "vLLM", slug: "vllm", baseUrl: "http://localhost:8000/v1" },
  { name: "llama.cpp", slug: "llama-cpp", baseUrl: "http://localhost:8080/v1" },
];

/** What is offered for a scope. Addresses inside one's own network, and mock models, are an administrator's. */
export function offered(scope: ConnectionScope, mock: boolean): Preset[] {
  return PRESETS.filter(({ id }) =>
    id === "mock" ? scope === "system" && mock : id !== "ollama" || scope === "system",
  );
}

/** Which of them a connection is; what is known of it depends on who looks. */
export function presetOf(connection: Pick<Connection, "kind" | "base_url" | "slug">): Preset | undefined {
  const { kind, base_url: url, slug } = connection;
  const found = (id: PresetId) => PRESETS.find((preset) => preset.id === id);
  if (kind === "anthropic" || kind === "gemini" || kind === "fabrix" || kind === "mock") return found(kind);
  if (kind !== "openai") return undefined;
  if (url?.includes("openrouter.ai")) return found("openrouter");
  if (url?.includes(":11434")) return found("ollama");
  if (url && !url.includes("api.openai.com")) return found("server");
  return found(url || slug === "openai" ? "openai" : slug === "ollama" || slug === "openrouter" ? slug : "openai");
}
