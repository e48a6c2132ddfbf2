/** A question before something that can not be undone. Loaded on demand by whoever asks. */
import { type ReactNode, useState } from "react";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { FormFoot } from "./form-foot";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** The verb on the button: "Delete workspace", never "OK". */
  action: string;
  danger?: boolean;
  /** A text that has to be typed first, for what cannot be got back; `label` asks for it. */
  typed?: { label: string; text: string };
  /** Does it; the dialog waits, shows what went wrong, and closes by `onClose` when it went well. */
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

export default function Confirm({ title, children, action, danger = true, typed, onConfirm, onClose }: ConfirmProps) {
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const [text, setText] = useState("");
  const confirm = () => {
    setState({ busy: true });
    onConfirm().then(onClose, (error: unknown) => setState({ busy: false, error }));
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="dialog-text">{children}</div>
      {typed && (
        <div className="dialog-typed">
          <Field
            label={typed.label}
            value={text}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      )}
      <FormFoot
        error={state.error}
        busy={state.busy}
        disabled={typed !== undefined && text.trim() !== typed.text.trim()}
        action={action}
        danger={danger}
        onCancel={onClose}
        onAction={confirm}
      />
    </Dialog>
  );
}
