/**
 * Short names for the types of the API that features use. The only place that knows how the generated schema names them.
 */
import type { Citation } from "./knowledge";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["UserView"];
export type Workspace = Schemas["WorkspaceView"];
export type Status = Schemas["Status"];
export type Model = Schemas["ModelView"];
export type Conversation = Schemas["Conversation"];
export type Message = Schemas["Message"] & { citations?: readonly Citation[] | null };
export type ConversationPage = Schemas["WithMessages"];
export type Asked = Schemas["Asked"];
export type Problem = Schemas["Problem"];
export type Me = Schemas["Me"];
export type Role = Schemas["Role"];
export type Member = Schemas["MemberView"];
export type Invitation = Schemas["InvitationView"];
export type Session = Schemas["SessionView"];
export type ApiKey = Schemas["KeyView"];
export type Connection = Schemas["ConnectionView"];
export type ConnectionKind = Schemas["Kind"];
export type ConnectionScope = Connection["scope"];
export type ConnectionTest = Schemas["TestView"];
export type CreateConnection = Schemas["CreateConnection"];
export type UpdateConnection = Schemas["UpdateConnection"];
export type Settings = Schemas["Settings"];
export type Preferences = Schemas["Preferences"];
export type KeyScope = Schemas["Scope"];
export type Registration = Schemas["Registration"];
export type InvitationPreview = Schemas["InvitationPreview"];
export type Theme = Schemas["Theme"];
export type Thresholds = Schemas["Thresholds"];
export type WebhookTest = Schemas["TestView2"];
export type Alert = Schemas["Alert"];
export type Measurements = Schemas["OverviewView"];
export type RouteFigures = Schemas["RouteView"];
export type StatementFigures = Schemas["StatementView"];
export type ModelFigures = Schemas["CalledModelView"];
export type RequestEntry = Schemas["RequestView"];
export type RequestSpan = Schemas["SpanView"];
export type RequestDetail = Schemas["WaterfallView"];
export type Series = Schemas["SeriesView"];
export type NamespaceFigures = Schemas["NamespaceStats"];
export type RedisFigures = Schemas["RedisStats"];
export type MemoryRow = Schemas["MemoryEntry"];
export type Memory = Schemas["Memory"];
export type MemoryBody = Schemas["MemoryBody"];
export type MemoryChanges = Schemas["Bulk"];
export type ContextItem = Schemas["ContextItem"];
export type ConversationContext = Schemas["ContextView"];
export type MemorySource = Schemas["Source"];
