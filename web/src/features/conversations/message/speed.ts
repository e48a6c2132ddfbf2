/** How fast an answer was written, without the wait for its first word. */
import type { Message } from "../../../api/types";

/** Too little time or text to say anything about speed. */
const LEAST_MS = 100;
const LEAST_TOKENS = 5;

export function tokensPerSecond(
  message: Pick<Message, "completion_tokens" | "latency_ms" | "first_token_ms">,
): number | undefined {
  const ms = (message.latency_ms ?? 0) - (message.first_token_ms ?? 0);
  if (ms < LEAST_MS || message.completion_tokens < LEAST_TOKENS) return undefined;
  const speed = (message.completion_tokens / ms) * 1_000;
  return speed < 10 ? Math.round(speed * 10) / 10 : Math.round(speed);
}
