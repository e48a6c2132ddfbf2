/** Commands that work as they are when pasted: this page's address, the new key, a model that is there. */
import type { KeyScope } from "../../../api/types";

export type ExampleKind = "curl" | "python";

interface Wanted {
  origin: string;
  key: string;
  scopes: readonly KeyScope[];
  /** Some model that can be used. */
  model: string;
}

/** Which kinds there are: one that may not call models has no use for OpenAI's library. */
export function exampleKinds(scopes: readonly KeyScope[]): ExampleKind[] {
  return scopes.includes("models") ? ["curl", "python"] : ["curl"];
}

export function keyExample(kind: ExampleKind, { origin, key, scopes, model }: Wanted): string {
  if (kind === "python") {
    return `# pip install openai
from openai import OpenAI

client = OpenAI(
    base_url="${origin}/v1",
    api_key="${key}",
)
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`;
  }
  if (scopes.includes("models")) {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
    return `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`;
  }
  // A key that may only write can not read what it wrote: what it can do is make something.
  if (!scopes.includes("read")) {
    return `curl ${origin}/api/workspaces \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"name":"Made by a key"}'`;
  }
  return `curl ${origin}/api/auth/me \\
  -H "Authorization: Bearer ${key}"`;
}
