/** The page before the page: log in, register, or make the first account of a new installation. */
import { Link } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { Status } from "../../api/types";
import { Callout } from "../../ui/callout";
import { Field } from "../../ui/field";
import { Mark } from "../../ui/icon";
import { useEnter } from "./queries";
import "./accounts.css";

interface EnterPageProps {
  way: "login" | "register";
  status: Status;
  /** The token of an invitation link that led here. */
  invitation: string | undefined;
  onEntered: () => void;
}

export default function EnterPage({ way, status, invitation: _invitation, onEntered }: EnterPageProps) {
  const enter = useEnter(way);
  const registering = way === "register";
  const words = wordsFor(way, status.first_start);
  const errors = fieldErrors(enter.error);
  const mayRegister = status.first_start || status.registration === "open";

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (name: string) => String(form.get(name) ?? "").trim();
    // A password is taken as it is, blanks and all.
    const password = String(form.get("password") ?? "");
    enter.mutate({ email: value("email"), name: value("name"), password }, { onSuccess: onEntered });
  };

  return (
    <main className="enter">
      <title>{`${words.title} · Stoa`}</title>
      <div className="enter-card">
        <div className="brand">
          <Mark />
          <span>Stoa</span>
        </div>
        <h1>{words.title}</h1>
        <p className="lead">{words.lead}</p>
        {registering && !mayRegister ? (
          <Callout>New accounts are made by invitation here. Ask your administrator for one.</Callout>
        ) : (
          <form onSubmit={submit} noValidate>
            {enter.isError && Object.keys(errors).length === 0 && (
              <Callout tone="danger">{explain(enter.error)}</Callout>
            )}
            {registering && <Field label="Name" name="name" autoComplete="name" required error={errors.name} />}
            <Field
              label="Email"
              name="email"
              type="email"
              autoComplete="username"
              inputMode="email"
              required
              error={errors.email}
            />
            <Field
              label="Password"
              name="password"
              type="password"
              autoComplete={registering ? "new-password" : "current-password"}
              required
              hint={registering ? "At least 8 characters." : undefined}
              error={errors.password}
            />
            <button type="submit" className="button primary" disabled={enter.isPending}>
              {enter.isPending ? "One moment…" : words.button}
            </button>
          </form>
        )}
        {!status.first_start && <OtherWay way={way} mayRegister={mayRegister} />}
      </div>
    </main>
  );
}

function OtherWay({ way, mayRegister }: { way: "login" | "register"; mayRegister: boolean }) {
  if (way === "register") {
    return (
      <p className="other-way">
        You have an account? <Link to="/login">Log in</Link>
      </p>
    );
  }
  if (!mayRegister) return null;
  return (
    <p className="other-way">
      New here? <Link to="/register">Create an account</Link>
    </p>
  );
}

function wordsFor(way: "login" | "register", firstStart: boolean) {
  if (way === "login") return { title: "Welcome back", lead: "Log in to your workspace.", button: "Log in" };
  if (firstStart)
    return {
      title: "Make this Stoa yours",
      lead: "Nobody has been here yet. The first account is the administrator's.",
      button: "Create the first account",
    };
  return { title: "Create an account", lead: "You get a workspace of your own at once.", button: "Create account" };
}
