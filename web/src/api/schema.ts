/**
 * The types of the HTTP API. A stand-in until the repository's `openapi.json` exists; then `npm run api` writes this file.
 */
export interface components {
  schemas: {
    User: { id: string; email: string; name: string; is_admin: boolean; created_at: string };
    Membership: { id: string; slug: string; name: string; role: "owner" | "admin" | "member" | "observer"; personal: boolean };
    Me: { user: components["schemas"]["User"]; workspaces: components["schemas"]["Membership"][] };
    Session: { token: string; user: components["schemas"]["User"] };
    Status: { first_start: boolean; registration: "open" | "invite" | "closed"; mock: boolean; version: string };
    Capabilities: { chat: boolean; embeddings: boolean; tools: boolean; vision: boolean; reasoning: boolean };
    Model: {
      id: string;
      name: string;
      connection_id: string;
      connection: string;
      kind: string;
      capabilities: components["schemas"]["Capabilities"];
      context_tokens?: number | null;
      available: boolean;
      unavailable_reason?: string | null;
      local: boolean;
      is_default: boolean;
    };
    Conversation: {
      id: string;
      workspace_id: string;
      title: string;
      title_source: string;
      model?: string | null;
      kind: string;
      pinned: boolean;
      archived: boolean;
      message_count: number;
      last_message_at?: string | null;
      created_at: string;
      updated_at: string;
      active_run_id?: string | null;
    };
    Message: {
      id: string;
      conversation_id: string;
      parent_id?: string | null;
      role: "user" | "assistant" | "system";
      content: string;
      reasoning?: string | null;
      model?: string | null;
      status: "complete" | "generating" | "partial" | "failed" | "cancelled";
      error?: { code: string; detail: string } | null;
      run_id?: string | null;
      prompt_tokens: number;
      completion_tokens: number;
      cost_micros: number;
      latency_ms?: number | null;
      first_token_ms?: number | null;
      pinned: boolean;
      created_at: string;
      siblings?: { ids: string[]; index: number } | null;
    };
    ConversationWithMessages: components["schemas"]["Conversation"] & {
      role: components["schemas"]["Membership"]["role"];
      messages: components["schemas"]["Message"][];
      page: components["schemas"]["Page"];
    };
    RunRef: { id: string; status: string };
    Sent: {
      message: components["schemas"]["Message"];
      reply: components["schemas"]["Message"];
      run: components["schemas"]["RunRef"];
    };
    Replied: { reply: components["schemas"]["Message"]; run: components["schemas"]["RunRef"] };
    Page: { limit: number; offset?: number; next?: string | null; has_more: boolean; total?: number };
    Problem: {
      type: string;
      title: string;
      status: number;
      code: string;
      detail: string;
      request_id: string;
      errors?: { field: string; message: string }[];
    };
  };
}

type S = components["schemas"];
type Json<T> = { content: { "application/json": T } };
type None = { content?: never };

export interface paths {
  "/health": { get: { responses: { 200: Json<{ status: string }> } } };
  "/api/auth/status": { get: { responses: { 200: Json<{ data: S["Status"] }> } } };
  "/api/auth/me": { get: { responses: { 200: Json<{ data: S["Me"] }> } } };
  "/api/auth/register": {
    post: { requestBody: Json<{ email: string; password: string; name: string }>; responses: { 201: Json<{ data: S["Session"] }> } };
  };
  "/api/auth/login": {
    post: { requestBody: Json<{ email: string; password: string }>; responses: { 200: Json<{ data: S["Session"] }> } };
  };
  "/api/auth/logout": { post: { responses: { 204: None } } };
  "/api/models": { get: { parameters: { query?: { workspace?: string } }; responses: { 200: Json<{ data: S["Model"][] }> } } };
  "/api/workspaces/{workspace}/conversations": {
    get: {
      parameters: { path: { workspace: string }; query?: { limit?: number; offset?: number; after?: string } };
      responses: { 200: Json<{ data: S["Conversation"][]; page: S["Page"] }> };
    };
    post: {
      parameters: { path: { workspace: string } };
      requestBody: Json<{ title?: string; model?: string }>;
      responses: { 201: Json<{ data: S["Conversation"] }> };
    };
  };
  "/api/conversations/{conversation}": {
    get: {
      parameters: { path: { conversation: string }; query?: { limit?: number; before?: string } };
      responses: { 200: Json<{ data: S["ConversationWithMessages"] }> };
    };
    patch: {
      parameters: { path: { conversation: string } };
      requestBody: Json<{ title?: string; model?: string }>;
      responses: { 200: Json<{ data: S["Conversation"] }> };
    };
    delete: { parameters: { path: { conversation: string } }; responses: { 204: None } };
  };
  "/api/conversations/{conversation}/messages": {
    post: {
      parameters: { path: { conversation: string } };
      requestBody: Json<{ content: string; model?: string }>;
      responses: { 202: Json<{ data: S["Sent"] }> };
    };
  };
  "/api/messages/{message}/regenerate": {
    post: { parameters: { path: { message: string } }; requestBody: Json<{ model?: string }>; responses: { 202: Json<{ data: S["Replied"] }> } };
  };
  "/api/messages/{message}/continue": {
    post: { parameters: { path: { message: string } }; requestBody: Json<Record<string, never>>; responses: { 202: Json<{ data: S["Replied"] }> } };
  };
  "/api/runs/{run}/cancel": { post: { parameters: { path: { run: string } }; responses: { 202: Json<{ data: S["RunRef"] }> } } };
}
