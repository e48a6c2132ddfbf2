/**
 * How a form ends, in every dialog that asks for something and in forms beside a list: what the server has said against it, the
 * way out, and the deed. While the deed is under way it can not be done again, and the way out stays open.
 */
import type { ReactNode } from "react";
import { explain } from "../api/problem";
import { useTexts } from "../i18n/use-texts";
import { Callout } from "./callout";
import { texts } from "./texts";

interface FormFootProps {
  /** What went wrong, if anything; `say` puts it into words of its own. */
  error?: unknown;
  say?: (error: unknown) => string;
  /** What stands beside the fields already: then nothing is said here. */
  beside?: Readonly<Record<string, string | undefined>>;
  busy?: boolean;
  /** Something is missing still. */
  disabled?: boolean;
  /** The verb on the button that is meant, never "OK"; to save when absent. */
  action?: string;
  danger?: boolean;
  cancel?: string;
  onCancel: () => void;
  /** Absent in a form, which is sent. */
  onAction?: () => void;
}

export function FormFoot({
  error,
  say = explain,
  beside = {},
  busy = false,
  disabled = false,
  ...foot
}: FormFootProps) {
  const t = useTexts(texts);
  const told = Object.values(beside).some(Boolean);
  return (
    <div className="form-foot">
      {error != null && !told && <Callout tone="danger">{say(error)}</Callout>}
      <Actions>
        <button type="button" className="button" onClick={foot.onCancel}>
          {foot.cancel ?? t.cancel}
        </button>
        <button
          type={foot.onAction ? "button" : "submit"}
          className={foot.danger ? "button danger" : "button primary"}
          disabled={busy || disabled}
          onClick={foot.onAction}
        >
          {foot.action ?? (busy ? t.saving : t.save)}
        </button>
      </Actions>
    </div>
  );
}

/** The row of buttons at the end of a dialog or form. The last one is the one meant. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className="actions">{children}</div>;
}
