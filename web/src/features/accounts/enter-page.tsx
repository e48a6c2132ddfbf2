/** The page before the page: log in, register, or make the first account of a new installation. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { call } from "../../api/client";
import type { InvitationPreview, Status } from "../../api/types";
import type { Locale } from "../../i18n/locale";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Field } from "../../ui/field";
import { Mark } from "../../ui/icon";
import { PasswordField } from "../../ui/password-field";
import { check, type FieldFaults, refusal } from "./enter-check";
import { EnterSide } from "./enter-side";
import { type Texts, texts } from "./enter-texts";
import { LanguageSwitch } from "./language-switch";
import { type Credentials, useEnter, visitorsQuery } from "./queries";
import "./enter.css";

type Way = "login" | "register";

interface EnterPageProps {
  way: Way;
  status: Status;
  /** Where to go afterwards; kept when the visitor changes the way. */
  next: string | undefined;
  /** The token of an invitation link that led here. */
  invitation: string | undefined;
  /** What it is about; null when it is not valid (any more). */
  preview: InvitationPreview | null;
  onEntered: () => void;
}

export default function EnterPage({ way, status, next, invitation, preview, onEntered }: EnterPageProps) {
  const t = useTexts(texts);
  const language = useRef<Locale>(undefined);
  const words = way === "login" ? t.logIn : status.first_start ? t.first : t.register;
  const barred = way === "register" ? whyNot(status, preview, t) : undefined;

  const entered = async () => {
    // Chosen here, it is what this user wants to read everywhere. That it can not be kept must not keep anybody out.
    if (language.current)
      await call("patch", "/api/auth/preferences", { body: { locale: language.current } }).catch(() => {});
    onEntered();
  };

  return (
    <div className="enter">
      <title>{`${words.title} · Stoa`}</title>
      <EnterSide firstStart={status.first_start} />
      <main className="enter-main">
        <LanguageSwitch
          label={t.language}
          onChoose={(locale) => {
            language.current = locale;
          }}
        />
        <div className="enter-card">
          <div className="enter-brand">
            <Mark />
            <span>Stoa</span>
          </div>
          <h1>{words.title}</h1>
          {!barred && <p className="lead">{words.lead}</p>}
          {invitation && <Invited preview={preview} t={t} />}
          {barred ? (
            <Callout tone="quiet">{barred}</Callout>
          ) : (
            <EnterForm way={way} button={words.button} invitation={invitation} preview={preview} onEntered={entered} />
          )}
          {!status.first_start && (
            <OtherWay way={way} search={{ next, invitation }} mayRegister={!whyNot(status, preview, t)} t={t} />
          )}
        </div>
      </main>
    </div>
  );
}

/** Why one can not register here now; nothing when one can. */
function whyNot(status: Status, preview: InvitationPreview | null, t: Texts): string | undefined {
  if (status.first_start || status.registration === "open") return;
  if (status.registration === "closed") return t.closed;
  return preview ? undefined : t.byInvitation;
}

function Invited({ preview, t }: { preview: InvitationPreview | null; t: Texts }) {
  if (!preview) return <Callout>{t.invitationGone}</Callout>;
  return (
    <Callout tone="good">
      {t.invited(preview.invited_by, preview.workspace_name)} {t.invitedAs(preview.email)}
    </Callout>
  );
}

interface EnterFormProps {
  way: Way;
  button: string;
  invitation: string | undefined;
  preview: InvitationPreview | null;
  onEntered: () => void;
}

function EnterForm({ way, button, invitation, preview, onEntered }: EnterFormProps) {
  const t = useTexts(texts);
  const enter = useEnter(way);
  const form = useRef<HTMLFormElement>(null);
  // What was sent last, not the faults themselves: they are told anew in whatever language is chosen next.
  const [sent, setSent] = useState<Credentials>();
  const [corrected, setCorrected] = useState<ReadonlySet<string>>(new Set());
  const registering = way === "register";
  const refused = enter.isError ? refusal(enter.error, t) : undefined;
  const told: FieldFaults = { ...refused?.fields, ...(sent && check(sent, registering, t)) };
  const errorOf = (name: keyof FieldFaults) => (corrected.has(name) ? undefined : told[name]);

  useEffect(() => {
    const inputs = [...(form.current?.querySelectorAll("input") ?? [])];
    (inputs.find((input) => !input.value) ?? inputs[0])?.focus();
  }, []);

  const focusOn = (name: string | undefined) => {
    const input = name && form.current?.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.focus();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = readForm(event.currentTarget, invitation);
    const found = check(typed, registering, t);
    setSent(typed);
    setCorrected(new Set());
    const first = (["name", "email", "password"] as const).find((name) => found[name]);
    if (first) {
      enter.reset();
      focusOn(first);
      return;
    }
    enter.mutate(typed, {
      onSuccess: onEntered,
      onError: (error) => focusOn(Object.keys(refusal(error, t).fields)[0] ?? "password"),
    });
  };
  const busy = enter.isPending || enter.isSuccess;

  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      onInput={({ target }) => target instanceof HTMLInputElement && setCorrected(new Set(corrected).add(target.name))}
    >
      {refused?.sentence && <Callout tone="danger">{refused.sentence}</Callout>}
      {registering && (
        <Field label={t.name} name="name" autoComplete="name" required hint={t.nameHint} error={errorOf("name")} />
      )}
      <Field
        label={t.email}
        name="email"
        type="email"
        autoComplete="username"
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        required
        defaultValue={preview?.email}
        error={errorOf("email")}
      />
      <PasswordField
        label={t.password}
        name="password"
        autoComplete={registering ? "new-password" : "current-password"}
        required
        strength={registering}
        hint={registering ? t.passwordHint : undefined}
        error={errorOf("password")}
      />
      <button type="submit" className="button primary large wide" disabled={busy}>
        {busy ? t.busy : button}
      </button>
    </form>
  );
}

function readForm(form: HTMLFormElement, invitation: string | undefined): Credentials {
  const data = new FormData(form);
  const value = (name: string) => String(data.get(name) ?? "");
  // A password is taken as it is, blanks and all.
  return { email: value("email").trim(), name: value("name").trim(), password: value("password"), invitation };
}

interface OtherWayProps {
  way: Way;
  search: { next: string | undefined; invitation: string | undefined };
  mayRegister: boolean;
  t: Texts;
}

function OtherWay({ way, search, mayRegister, t }: OtherWayProps) {
  if (way === "register") {
    return (
      <div className="other-way">
        <p>
          {t.haveAccount}{" "}
          <Link to="/login" search={search}>
            {t.toLogin}
          </Link>
        </p>
      </div>
    );
  }
  return (
    <div className="other-way">
      {mayRegister && (
        <p>
          {t.newHere}{" "}
          <Link to="/register" search={search}>
            {t.toRegister}
          </Link>
        </p>
      )}
      <p>{t.forgotten}</p>
      <TryIt t={t} />
    </div>
  );
}

/** The way for those who only want to look, while an administrator lets them. */
function TryIt({ t }: { t: Texts }) {
  const { data } = useQuery(visitorsQuery);
  if (!data?.enabled) return null;
  return (
    <p>
      {t.curious} <Link to="/try">{t.tryIt}</Link>
    </p>
  );
}
