/** Everything that is known of how an answer came about. Loaded when somebody asks. */
import type { ReactNode } from "react";
import type { Message } from "../../../api/types";
import { ago, dateTime, duration, money, number } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { texts } from "../texts";
import { tokensPerSecond } from "./speed";

export default function Details({ message, name }: { message: Message; name: string }) {
  const t = useTexts(texts);
  const speed = tokensPerSecond(message);
  const rows: [label: string, value: ReactNode][] = [
    [t.model, <Model key="model" name={name} id={message.model} />],
    [
      t.when,
      <time key="when" dateTime={message.created_at} title={dateTime(message.created_at)}>
        {ago(message.created_at)}
      </time>,
    ],
  ];
  if (message.first_token_ms) rows.push([t.firstToken, duration(message.first_token_ms)]);
  if (message.latency_ms) rows.push([t.whole, duration(message.latency_ms)]);
  if (speed !== undefined) rows.push([t.speed, t.perSecond(number(speed))]);
  if (message.prompt_tokens > 0) rows.push([t.tokensRead, number(message.prompt_tokens)]);
  if (message.completion_tokens > 0) rows.push([t.tokensWritten, number(message.completion_tokens)]);
  rows.push([t.cost, message.cost_micros > 0 ? money(message.cost_micros) : t.noCost]);
  return (
    <dl className="details">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Model({ name, id }: { name: string; id: string | null | undefined }) {
  return (
    <>
      {name}
      {id && id !== name && <span className="details-note">{id}</span>}
    </>
  );
}
