/** The sources of an answer: an event of its stream and a part of the message. */
import type { components } from "./schema";

/** A source of an answer: what stands behind `[number]` in its text. */
export interface Citation {
  number: number;
  passage: number;
  kind: components["schemas"]["Kind2"];
  owner_id: string;
  title: string;
  place: components["schemas"]["PlaceView"];
  snippet: string;
}
