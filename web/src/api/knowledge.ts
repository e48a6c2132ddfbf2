/** Routes of knowledge that `schema.ts` does not have yet, in its own form: the shapes by which `client.ts` types their calls. */

/** One operation, in the form of the generated ones. */
type Route<Path, Answer> = {
  parameters: { path: Path };
  responses: { 200: { content: { "application/json": Answer } } };
};

export type HitKind = "memory" | "file" | "message" | "command";

/** Where in its owner a passage stands. */
interface Place {
  start?: number | null;
  end?: number | null;
  page?: number | null;
  heading?: string | null;
}

interface Passage {
  passage: number;
  kind: HitKind;
  owner: { id: string; title: string; tags?: string[]; parent_id?: string | null; parent_title?: string | null };
  workspace_id: string;
  place: Place;
  text: string;
  before: string;
  after: string;
}

/** A source of an answer: what stands behind `[number]` in its text. */
export interface Citation {
  number: number;
  passage: number;
  kind: HitKind;
  owner_id: string;
  title: string;
  place: Place;
  snippet: string;
}

export interface KnowledgePaths {
  "/api/passages/{passage}": { get: Route<{ passage: string }, { data: Passage }> };
}
