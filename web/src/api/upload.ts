/**
 * Sending bytes with progress: what `fetch` can not tell. Throws like `client.ts`: `ApiError`, or `Unreachable`.
 */
import { CLIENT_HEADER } from "./client";
import { connection } from "./connection";
import { readProblem, Unreachable } from "./problem";

interface UploadOptions {
  method?: "POST" | "PUT";
  signal?: AbortSignal;
  /** How many bytes of the body are on their way. */
  onProgress?: (sent: number) => void;
}

export function upload<T>(url: string, body: FormData | Blob, options: UploadOptions = {}): Promise<T> {
  const { method = "POST", signal, onProgress } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries({ ...CLIENT_HEADER, Accept: "application/json" }))
      request.setRequestHeader(name, value);
    if (body instanceof Blob) request.setRequestHeader("Content-Type", "application/octet-stream");
    const abort = () => request.abort();
    signal?.addEventListener("abort", abort);
    const failed = (why: unknown) => {
      signal?.removeEventListener("abort", abort);
      reject(why);
    };
    request.upload.onprogress = ({ loaded }) => onProgress?.(loaded);
    request.onabort = () => failed(signal?.reason ?? new DOMException("Aborted", "AbortError"));
    request.onerror = () => {
      connection.report("lost");
      failed(new Unreachable("The server did not answer."));
    };
    request.onload = () => {
      connection.report("fine");
      const { status, responseText } = request;
      if (status < 200 || status >= 300) {
        const headers = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
        void readProblem(new Response(responseText, { status, headers })).then(failed);
        return;
      }
      signal?.removeEventListener("abort", abort);
      try {
        resolve((responseText ? JSON.parse(responseText) : undefined) as T);
      } catch (error) {
        reject(new Unreachable("The answer broke off.", { cause: error }));
      }
    };
    request.send(body);
  });
}
