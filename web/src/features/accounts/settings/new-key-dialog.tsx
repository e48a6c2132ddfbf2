/** Makes an API key, then shows it: the one time that anybody can see it. Loaded on demand. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { KeyScope, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { CopyButton } from "../../../ui/copy-button";
import { Dialog } from "../../../ui/dialog";
import { Actions } from "../../../ui/form-foot";
import { type ExampleKind, exampleKinds, keyExample } from "./key-examples";
import { NewKeyForm } from "./new-key-form";
import { type KeyOwner, modelChoicesQuery } from "./queries";
import { texts } from "./texts";

export interface MadeKey {
  key: string;
  scopes: KeyScope[];
}

interface NewKeyDialogProps {
  owner: KeyOwner;
  workspace: Workspace;
  onClose: () => void;
}

export default function NewKeyDialog({ owner, workspace, onClose }: NewKeyDialogProps) {
  const t = useTexts(texts).keys;
  const [made, setMade] = useState<MadeKey>();
  const [warned, setWarned] = useState(false);
  if (!made) {
    return (
      <Dialog title={t.create} onClose={onClose}>
        <NewKeyForm owner={owner} onMade={setMade} onCancel={onClose} />
      </Dialog>
    );
  }
  return (
    // A click beside it must not be the end of a key that nobody has copied.
    <Dialog title={t.readyTitle} kind="wide" onClose={() => (warned ? onClose() : setWarned(true))}>
      <ShownOnce made={made} workspace={workspace} warned={warned} />
      <Actions>
        <button type="button" className="button primary" onClick={onClose}>
          {t.done}
        </button>
      </Actions>
    </Dialog>
  );
}

function ShownOnce({ made, workspace, warned }: { made: MadeKey; workspace: Workspace; warned: boolean }) {
  const t = useTexts(texts).keys;
  const [kind, setKind] = useState<ExampleKind>("curl");
  const { data: models = [] } = useQuery(modelChoicesQuery(workspace.id));
  const usable = models.filter((model) => model.available);
  const model = (usable.find((each) => each.is_default) ?? usable[0])?.id ?? "mock/echo";
  const kinds = exampleKinds(made.scopes);
  const example = keyExample(kind, { origin: location.origin, model, ...made });
  return (
    <div className="shown-once">
      <Callout tone={warned ? "danger" : "warn"}>{warned ? t.notCopied : t.once}</Callout>
      <div className="secret">
        <code>{made.key}</code>
        <CopyButton text={made.key} label={t.copyKey} />
      </div>
      <section className="example" aria-label={t.example}>
        <div className="example-head">
          <h3>{t.example}</h3>
          {kinds.length > 1 && (
            <div className="segments">
              {kinds.map((each) => (
                <button
                  key={each}
                  type="button"
                  className="button quiet"
                  aria-pressed={each === kind}
                  onClick={() => setKind(each)}
                >
                  {t.exampleKinds[each]}
                </button>
              ))}
            </div>
          )}
          <CopyButton text={example} label={t.copyExample} bare />
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable with the keyboard. */}
        <pre tabIndex={0}>
          <code>{example}</code>
        </pre>
      </section>
    </div>
  );
}
