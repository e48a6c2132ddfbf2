/** TEMPORARY: what the API will say, until the generated schema has it. */
export interface Price {
  id: string;
  pattern: string;
  valid_from: string;
  state: "current" | "past" | "future";
  input_micros: number;
  cached_input_micros: number;
  cache_write_micros: number;
  output_micros: number;
  note: string;
  created_by?: string | null;
  created_by_name?: string | null;
  created_at: string;
  updated_at: string;
}
export interface CreatePrice {
  pattern: string;
  valid_from?: string | null;
  input_micros: number;
  output_micros: number;
  cached_input_micros?: number | null;
  cache_write_micros?: number | null;
  note?: string | null;
}
export type UpdatePrice = Partial<CreatePrice>;

interface Answer<T> {
  headers: Record<string, unknown>;
  content: { "application/json": T };
}
interface JsonBody<T> {
  content: { "application/json": T };
}
declare module "../../api/schema" {
  interface paths {
    "/api/prices": {
      get: {
        parameters: { query?: { q?: string; limit?: number; offset?: number } };
        responses: { 200: Answer<{ data: Price[]; page: { has_more: boolean } }> };
      };
      post: { requestBody: JsonBody<CreatePrice>; responses: { 201: Answer<{ data: Price }> } };
    };
    "/api/prices/{price}": {
      patch: {
        parameters: { path: { price: string } };
        requestBody: JsonBody<UpdatePrice>;
        responses: { 200: Answer<{ data: Price }> };
      };
      delete: { parameters: { path: { price: string } }; responses: { 204: object } };
    };
    "/api/prices/import": {
      post: {
        requestBody: JsonBody<{ prices: CreatePrice[] }>;
        responses: { 200: Answer<{ data: { created: number } }> };
      };
    };
  }
}
