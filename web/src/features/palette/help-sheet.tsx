/** The shortcuts that do something now, by where they do it. Loaded when somebody asks. */
import { useState } from "react";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { activeShortcuts, keyNames } from "../../ui/shortcuts";
import { texts } from "./texts";
import "./palette.css";

interface HelpSheetProps {
  /** The key that sends a message; without one nothing is written on this page. */
  sendWith?: "enter" | "mod_enter";
  onClose: () => void;
}

interface Line {
  keys: string;
  label: string;
}

export default function HelpSheet({ sendWith, onClose }: HelpSheetProps) {
  const t = useTexts(texts);
  // Those of the page below, not of this dialog.
  const [shortcuts] = useState(activeShortcuts);
  const groups = new Map<string, Line[]>([[t.page, []]]);
  for (const { keys, label, group = t.page } of shortcuts)
    groups.set(group, [...(groups.get(group) ?? []), { keys, label }]);
  if (sendWith)
    groups.set(t.writing, [
      ...(groups.get(t.writing) ?? []),
      { keys: sendWith === "enter" ? "enter" : "mod+enter", label: t.send },
      { keys: sendWith === "enter" ? "shift+enter" : "enter", label: t.newLine },
    ]);
  return (
    <Dialog title={t.sheet} kind="wide" onClose={onClose}>
      <div className="sheet">
        {[...groups].map(
          ([name, lines]) =>
            lines.length > 0 && (
              <section key={name} aria-label={name}>
                <h3>{name}</h3>
                <dl>
                  {lines.map(({ keys, label }) => (
                    <div key={`${keys} ${label}`}>
                      <dt>{label}</dt>
                      <dd>
                        {keyNames(keys).map((key) => (
                          <kbd key={key}>{key}</kbd>
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ),
        )}
      </div>
    </Dialog>
  );
}
