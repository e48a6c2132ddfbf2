interface FakeOptions {
  port?: number;
  host?: string;
  data?: string;
  dist?: string;
  tokenMs?: number;
  tokens?: number;
  cutEvery?: number;
}

export function startFakeStoa(options?: FakeOptions): Promise<{
  url: string;
  state: { messages: { id: string; content: string }[] };
  close(): Promise<void>;
}>;
