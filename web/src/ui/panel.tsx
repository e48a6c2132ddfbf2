/** The frame of settings pages: a page with its heading, panels on it. Rows are `ul.rows` with `.row-icon`, `.row-main`, `.row-end`. */
import type { ReactNode } from "react";
import "./panel.css";

interface Headed {
  title: string;
  about?: ReactNode;
  /** Buttons that belong to the whole. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, about, actions, children }: Headed) {
  return (
    <div className="page">
      <title>{`${title} · Stoa`}</title>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {about && <p>{about}</p>}
        </div>
        {actions}
      </header>
      {children}
    </div>
  );
}

/** `rows` when the children are one `ul.rows`, which brings its own padding. */
export function Panel({ title, about, actions, rows, children }: Headed & { rows?: boolean }) {
  return (
    <section className="panel" aria-label={title}>
      <header className="panel-head">
        <div>
          <h2>{title}</h2>
          {about && <p>{about}</p>}
        </div>
        {actions}
      </header>
      {rows ? children : <div className="panel-body">{children}</div>}
    </section>
  );
}
