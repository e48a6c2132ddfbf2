/** The worker that colours code, so that the page never waits for it. Answers each request, with nothing when it cannot. */
import { spansOf } from "./spans";

export interface Request {
  id: number;
  code: string;
  language: string;
}

addEventListener("message", async ({ data: { id, code, language } }: MessageEvent<Request>) => {
  const spans = await spansOf(code, language).catch(() => undefined);
  postMessage({ id, spans });
});
