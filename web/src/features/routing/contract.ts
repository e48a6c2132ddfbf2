/** TEMPORARY: what the API will say, until the generated schema has it. */
export interface RouteTarget {
  model: string;
  weight: number;
  first_token_timeout_ms?: number | null;
  available: boolean;
  unavailable_reason?: string | null;
}
export interface ModelRoute {
  id: string;
  scope: "system" | "workspace";
  workspace_id?: string | null;
  name: string;
  model: string;
  description: string;
  tag?: string | null;
  strategy: "order" | "weighted" | "fastest";
  targets: RouteTarget[];
  retries: number;
  first_token_timeout_ms?: number | null;
  timeout_ms?: number | null;
  hedge_after_ms?: number | null;
  enabled: boolean;
  can_manage: boolean;
  created_at: string;
  updated_at: string;
}
export interface CreateRoute {
  name: string;
  targets: { model: string; weight?: number; first_token_timeout_ms?: number | null }[];
  description?: string;
  tag?: string | null;
  strategy?: ModelRoute["strategy"];
  retries?: number | null;
  first_token_timeout_ms?: number | null;
  timeout_ms?: number | null;
  hedge_after_ms?: number | null;
  enabled?: boolean;
}
export type UpdateRoute = Partial<CreateRoute>;

interface Answer<T> {
  headers: Record<string, unknown>;
  content: { "application/json": T };
}
interface JsonBody<T> {
  content: { "application/json": T };
}
declare module "../../api/schema" {
  interface paths {
    "/api/routes": {
      get: { parameters: { query?: object }; responses: { 200: Answer<{ data: ModelRoute[] }> } };
      post: { requestBody: JsonBody<CreateRoute>; responses: { 201: Answer<{ data: ModelRoute }> } };
    };
    "/api/routes/{route}": {
      patch: {
        parameters: { path: { route: string } };
        requestBody: JsonBody<UpdateRoute>;
        responses: { 200: Answer<{ data: ModelRoute }> };
      };
      delete: { parameters: { path: { route: string } }; responses: { 204: object } };
    };
    "/api/workspaces/{workspace}/routes": {
      get: { parameters: { path: { workspace: string } }; responses: { 200: Answer<{ data: ModelRoute[] }> } };
      post: {
        parameters: { path: { workspace: string } };
        requestBody: JsonBody<CreateRoute>;
        responses: { 201: Answer<{ data: ModelRoute }> };
      };
    };
    "/api/workspaces/{workspace}/routing-rules/{tag}": {
      put: {
        parameters: { path: { workspace: string; tag: string } };
        requestBody: JsonBody<{ not_worse_than: string; margin?: number }>;
        responses: { 200: Answer<{ data: ModelRoute }> };
      };
    };
  }
}
