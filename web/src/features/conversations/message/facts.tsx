/** Who answered, how long it took and what it cost, in one line; the rest behind it. */
import { Suspense } from "react";
import type { Message } from "../../../api/types";
import { duration, money } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { onDemand } from "../../../ui/overlays/lazy";
import { Popover } from "../../../ui/popover";
import { Skeleton } from "../../../ui/states";
import { texts } from "../texts";

const details = onDemand(() => import("./details"));

export function Facts({ message, name }: { message: Message; name: string }) {
  const t = useTexts(texts);
  const parts = [name];
  if (message.latency_ms) parts.push(duration(message.latency_ms));
  if (message.completion_tokens > 0) parts.push(t.tokens(message.completion_tokens));
  if (message.cost_micros > 0) parts.push(money(message.cost_micros));
  return (
    <Popover
      label={t.details}
      button={parts.join(" · ")}
      buttonClass="button quiet facts"
      worded
      panelClass="details-panel"
      side="top"
    >
      {() => (
        <Suspense fallback={<Skeleton lines={5} />}>
          <details.Component message={message} name={name} />
        </Suspense>
      )}
    </Popover>
  );
}
