/** A memory in the panel, with what can be done with it. */
import type { ReactNode } from "react";
import type { ContextItem } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { texts } from "./texts";

interface MemoryLineProps {
  memory: ContextItem["memory"];
  paused?: boolean;
  onOpen: (id: string) => void;
  children: ReactNode;
}

export function MemoryLine({ memory, paused, onOpen, children }: MemoryLineProps) {
  const t = useTexts(texts);
  return (
    <li className="context-item" data-paused={paused || undefined}>
      <div className="context-main">
        <button type="button" className="context-open" onClick={() => onOpen(memory.id)}>
          {memory.title}
        </button>
        <p className="context-snippet">{memory.snippet}</p>
        {paused && <span className="badge">{t.paused}</span>}
      </div>
      {children}
    </li>
  );
}
