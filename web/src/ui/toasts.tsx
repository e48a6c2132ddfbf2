/** Shows the toasts of `toast.ts`; one for the whole page. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "./icon";
import { texts } from "./texts";
import { currentToasts, endToast, subscribeToasts, type Toast } from "./toast";

export function Toasts() {
  const toasts = useSyncExternalStore(subscribeToasts, currentToasts, currentToasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastView({ toast }: { toast: Toast }) {
  const t = useTexts(texts);
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => endToast(toast.id), toast.shownMs);
    return () => clearTimeout(timer);
  }, [held, toast]);
  const hold = { onPointerEnter: () => setHeld(true), onFocus: () => setHeld(true) };
  const release = { onPointerLeave: () => setHeld(false), onBlur: () => setHeld(false) };
  return (
    <div className="toast" data-tone={toast.tone} {...hold} {...release}>
      <span className="toast-text">{toast.text}</span>
      {toast.action && (
        <button type="button" className="toast-action" onClick={() => endToast(toast.id, true)}>
          {toast.action.label}
        </button>
      )}
      <button type="button" className="toast-close" aria-label={t.close} onClick={() => endToast(toast.id)}>
        <Icon name="close" />
      </button>
    </div>
  );
}
