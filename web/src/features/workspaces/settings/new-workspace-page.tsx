/** A new workspace: a name is enough. Ends in it. */
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError, explain, fieldErrors } from "../../../api/problem";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Field, TextArea } from "../../../ui/field";
import { Page } from "../../../ui/panel";
import { useCreateWorkspace } from "../queries";
import { isSlug, slugOf } from "../slug";
import { texts } from "./texts";
import "./settings.css";

export default function NewWorkspacePage() {
  const t = useTexts(texts);
  const navigate = useNavigate();
  const create = useCreateWorkspace();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const [tried, setTried] = useState(false);

  const nameError = tried && !name.trim() ? t.nameMissing : undefined;
  const slugError = slug && !isSlug(slug) ? t.slugWrong : undefined;
  const taken = create.error instanceof ApiError && create.error.code === "already_exists";
  const errors = taken ? { slug: t.slugTaken } : fieldErrors(create.error);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    const form = event.currentTarget;
    if (!name.trim() || slugError) {
      form.querySelector<HTMLElement>(name.trim() ? "[name=slug]" : "[name=name]")?.focus();
      return;
    }
    const description = String(new FormData(form).get("description") ?? "").trim();
    create.mutate(
      { name: name.trim(), ...(description && { description }), ...(slug && { slug }) },
      { onSuccess: (made) => void navigate({ to: "/w/$workspace", params: { workspace: made.slug } }) },
    );
  };

  return (
    <Page title={t.newTitle} about={t.newAbout}>
      <section className="panel" aria-label={t.newTitle}>
        <form className="panel-body workspace-form" onSubmit={submit} noValidate>
          <Field
            label={t.name}
            name="name"
            value={name}
            required
            maxLength={100}
            placeholder={t.namePlaceholder}
            autoComplete="off"
            // The page was opened to type this.
            autoFocus
            error={nameError ?? errors.name}
            onChange={(event) => setName(event.target.value)}
          />
          <TextArea
            label={t.description}
            name="description"
            hint={t.descriptionHint}
            maxLength={2_000}
            error={errors.description}
          />
          <Field
            label={t.slug}
            name="slug"
            value={slug}
            maxLength={64}
            placeholder={slugOf(name)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            hint={
              <>
                {t.slugHint}{" "}
                {(slug || slugOf(name)) && <span className="address-preview">{t.slugMade(preview(slug, name))}</span>}
              </>
            }
            error={slugError ?? errors.slug}
            onChange={(event) => {
              setSlug(event.target.value.trim());
              if (taken) create.reset();
            }}
          />
          {create.isError && Object.keys(errors).length === 0 && (
            <Callout tone="danger">{explain(create.error)}</Callout>
          )}
          <p className="hint">{t.thenInvite}</p>
          <div className="actions">
            <button type="submit" className="button primary" disabled={create.isPending}>
              {create.isPending ? t.creating : t.createAction}
            </button>
          </div>
        </form>
      </section>
    </Page>
  );
}

/** What the server adds to a name is not known yet. */
function preview(slug: string, name: string): string {
  return `${location.host}/w/${slug || `${slugOf(name)}-…`}`;
}
