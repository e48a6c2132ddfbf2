/** How connections do: what is known of each, and what the calls of its models came to. Pure. */
import type { Connection, ModelFigures } from "../../api/types";

export interface ConnectionHealth {
  connection: Connection;
  calls: number;
  errors: number;
  cancelled: number;
  costMicros: number;
  /** Of its slowest model: 95 of 100 first words took at most this long. */
  firstWordMs: number | null;
  tokensPerSecond: number | null;
}

/** A model belongs to the connection whose slug stands before the first slash of its name. */
export function healthOf(connections: readonly Connection[], models: readonly ModelFigures[]): ConnectionHealth[] {
  return connections.map((connection) => {
    const own = models.filter(({ model }) => model.startsWith(`${connection.slug}/`));
    const sum = (of: (model: ModelFigures) => number) => own.reduce((all, model) => all + of(model), 0);
    const most = (values: number[]) => (values.length ? Math.max(...values) : null);
    const answered = own.filter(({ calls, errors, cancelled }) => calls > errors + cancelled);
    return {
      connection,
      calls: sum(({ calls }) => calls),
      errors: sum(({ errors }) => errors),
      cancelled: sum(({ cancelled }) => cancelled),
      costMicros: sum(({ cost_micros }) => cost_micros),
      firstWordMs: most(answered.map(({ ttft_p95_ms }) => ttft_p95_ms)),
      tokensPerSecond: most(own.flatMap(({ tokens_per_second }) => tokens_per_second ?? [])),
    };
  });
}

/** What went wrong, as a sentence behind the name of the connection, with which providers like to begin it themselves. */
export function troubleOf({ name, health }: Connection): string | undefined {
  const said = health.last_error?.trim();
  if (!said) return undefined;
  const rest = said.startsWith(`${name} `) ? said.slice(name.length + 1) : said;
  return /[.!?]$/.test(rest) ? rest : `${rest}.`;
}

const FINE = new Set<Connection["health"]["state"]>(["ok", "unknown", "disabled"]);

/** Those that are switched on and do not work. */
export function inTrouble(connections: readonly Connection[]): Connection[] {
  return connections.filter(({ enabled, health }) => enabled && !FINE.has(health.state));
}
