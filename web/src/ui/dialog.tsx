/**
 * A modal question, on Base UI's dialog: keeps the focus inside, closes on Escape and beside it, gives the focus back.
 *
 * It brings the primitives with it, so whoever shows one from the chat's first bundle loads it on demand (`onDemand`).
 */
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "./icon";
import { texts } from "./texts";

interface DialogProps {
  title: string;
  children: ReactNode;
  onClose: () => void;
  /** `wide` for what is read, not answered; `bare` brings its own padding and shows no title. */
  kind?: "question" | "wide" | "bare";
}

/** Open as long as it is rendered. */
export function Dialog({ title, children, onClose, kind = "question" }: DialogProps) {
  const t = useTexts(texts);
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={kind === "question" ? "dialog" : `dialog ${kind}`}>
          <Base.Title className={kind === "bare" ? "sr-only" : "dialog-title"}>{title}</Base.Title>
          {children}
          {kind !== "bare" && (
            <Base.Close className="button quiet icon-only dialog-close" aria-label={t.close} title={t.close}>
              <Icon name="close" />
            </Base.Close>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
