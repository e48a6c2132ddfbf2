/**
 * The frame of a page of things: heading and actions, what narrows the list down, the list, and a panel beside it that shows
 * one thing. Where there is no room beside, the panel covers the list.
 */
import type { ReactNode } from "react";
import "./place.css";

interface PlaceProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  /** A `SidePanel`, when something is open. */
  side?: ReactNode;
}

export function Place({ title, actions, children, side }: PlaceProps) {
  return (
    <div className="place">
      <title>{`${title} · Stoa`}</title>
      <div className="place-main">
        <header className="place-head">
          <h1>{title}</h1>
          {actions}
        </header>
        <div className="place-scroll">
          <div className="place-content">{children}</div>
        </div>
      </div>
      {side}
    </div>
  );
}
