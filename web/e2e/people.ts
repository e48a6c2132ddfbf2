/**
 * The people of the browser tests, and what they do through the API where the page is not what is tested: registering,
 * connecting models, filling conversations.
 */
import type { BrowserContextOptions } from "playwright-core";

export interface Who {
  name: string;
  email: string;
  password: string;
}

export const ADA: Who = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" };
export const BEN: Who = { name: "Ben Ito", email: "ben@example.com", password: "a rather long password" };

type State = Exclude<BrowserContextOptions["storageState"], string | undefined>;

/** Somebody with an account, logged in: `state` is for a browser, `api` for requests beside it. */
export interface Person extends Who {
  id: string;
  workspace: { id: string; slug: string };
  state: State;
  api: Api;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of the API, whose shape the server's own tests hold.
type Answer = any;

interface Api {
  get(path: string): Promise<Answer>;
  post(path: string, body?: object): Promise<Answer>;
  patch(path: string, body: object): Promise<Answer>;
  /** Sends files as a form: content by name. */
  upload(path: string, files: Record<string, string | Uint8Array<ArrayBuffer>>): Promise<Answer>;
  /** What a request answers, whatever it is. */
  raw(method: string, path: string, body?: object): Promise<Response>;
}

/** Makes an account on the register page's route: the first of a server, or one with an invitation. */
export async function register(url: string, who: Who, invitation?: string): Promise<Person> {
  return enter(url, "/api/auth/register", who, { ...who, ...(invitation ? { invitation } : {}) });
}

export async function logIn(url: string, who: Who): Promise<Person> {
  return enter(url, "/api/auth/login", who, { email: who.email, password: who.password });
}

/** An account that an administrator makes. */
export async function addPerson(url: string, admin: Person, who: Who): Promise<Person> {
  await admin.api.post("/api/admin/users", who);
  return logIn(url, who);
}

async function enter(url: string, path: string, who: Who, body: object): Promise<Person> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  const token = (await response.json()).data.token;
  const api = apiOf(url, token);
  const { user, workspaces } = await api.get("/api/auth/me");
  const cookie = { name: "stoa_session", value: token, domain: new URL(url).hostname, path: "/" };
  const session = { expires: -1, httpOnly: true, secure: false, sameSite: "Lax" as const };
  const workspace = workspaces.find((each: { personal: boolean }) => each.personal) ?? workspaces[0];
  return {
    ...who,
    id: user.id,
    name: user.name,
    workspace: { id: workspace.id, slug: workspace.slug },
    state: { cookies: [{ ...cookie, ...session }], origins: [] },
    api,
  };
}

function apiOf(url: string, token: string): Api {
  const headers = { Authorization: `Bearer ${token}` };
  const raw = (method: string, path: string, body?: object) =>
    fetch(url + path, {
      method,
      headers: { ...headers, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
  const ask = async (method: string, path: string, body?: object) =>
    read(`${method} ${path}`, await raw(method, path, body));
  const read = async (what: string, response: Response) => {
    const text = await response.text();
    if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`);
    return response.headers.get("Content-Type")?.startsWith("application/json") ? JSON.parse(text).data : text;
  };
  return {
    raw,
    get: (path) => ask("GET", path),
    post: (path, body = {}) => ask("POST", path, body),
    patch: (path, body) => ask("PATCH", path, body),
    upload: async (path, files) => {
      const form = new FormData();
      for (const [name, content] of Object.entries(files)) form.append("file", new Blob([content]), name);
      return read(`POST ${path}`, await fetch(url + path, { method: "POST", headers, body: form }));
    },
  };
}

/**
 * Adds mock models with a pace of their own (an administrator may); `slow/lorem` is slow enough to be interrupted, while the built-in ones answer as
 * fast as they can.
 */
export function addModels(who: Person, slug: string, settings: object): Promise<Answer> {
  const connection = { scope: "system", kind: "mock", slug, name: `${slug} mock models`, settings };
  return who.api.post("/api/connections", connection);
}

export const SLOW = { tokens: 150, tokens_per_second: 40 };

/** Makes a conversation in which these questions were asked and answered; gives its id. */
export async function converse(
  who: Person,
  questions: string[],
  options: { title?: string; model?: string; collection?: object } = {},
) {
  const { title, model = "mock/echo", collection } = options;
  const body = { title, model, collection };
  const made = await who.api.post(`/api/workspaces/${who.workspace.id}/conversations`, body);
  // Answered when the stream has ended, so that the next question finds no reply running.
  for (const content of questions)
    await who.api.post(`/api/conversations/${made.id}/messages`, { content, model, stream: true });
  return made.id as string;
}

/** Asks several models one question, and waits until all of them have ended; gives the conversation and its question. */
export async function compare(
  who: Person,
  prompt: string,
  models: (string | object)[],
  options: { blind?: boolean } = {},
): Promise<{ id: string; question: string }> {
  const body = { workspace: who.workspace.id, prompt, models, ...options };
  const { conversation, message } = await who.api.post("/api/compare", body);
  return { id: conversation.id, question: message.id };
}

/** Begins a batch and waits until everything in it has been answered, or has failed; gives its id. */
export async function runBatch(who: Person, body: object): Promise<string> {
  const { id } = await who.api.post(`/api/workspaces/${who.workspace.id}/batches`, body);
  for (const until = Date.now() + READ_MAX_MS; ; ) {
    const { status } = await who.api.get(`/api/batches/${id}`);
    if (status === "completed") return id;
    if (Date.now() > until) throw new Error(`the batch is still ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Chooses the model for new conversations without a click: by a preference. */
export function prefer(who: Person, model: string): Promise<Answer> {
  return who.api.patch("/api/auth/preferences", { default_model: model });
}

/** Puts files into somebody's workspace, at the top or into a folder, and waits until all of them have been read. */
export async function putFiles(
  who: Person,
  files: Record<string, string | Uint8Array<ArrayBuffer>>,
  parent = "root",
): Promise<Answer[]> {
  const at = parent === "root" ? "" : `?parent=${parent}`;
  const made: Answer[] = await who.api.upload(`/api/workspaces/${who.workspace.id}/files${at}`, files);
  for (const { id } of made) await read(who, id);
  return made;
}

const READ_MAX_MS = 20_000;

/** Waits until a file has been read, or could not be. */
async function read(who: Person, file: string): Promise<void> {
  for (const until = Date.now() + READ_MAX_MS; ; ) {
    const { ingest, name } = await who.api.get(`/api/files/${file}`);
    if (!["queued", "running"].includes(ingest.status)) return;
    if (Date.now() > until) throw new Error(`${name} was not read: ${JSON.stringify(ingest)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The messages of a conversation, as the API gives them. */
export async function messages(who: Person, conversation: string): Promise<Answer[]> {
  return (await who.api.get(`/api/conversations/${conversation}?limit=100`)).messages;
}
