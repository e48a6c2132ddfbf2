/**
 * The frame of a page of things: heading and actions, what narrows the list down, the list, and a panel beside it that shows
 * one thing. Where there is no room beside, the panel covers the list.
 */
import type { ReactNode } from "react";
import "./place.css";

interface PlaceProps {
  title: string;
  /** Before the heading: the way back. */
  before?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** The children scroll by themselves and take all the room. */
  filled?: boolean;
  /** A `SidePanel`, when something is open. */
  side?: ReactNode;
}

export function Place({ title, before, actions, children, filled, side }: PlaceProps) {
  return (
    <div className="place">
      <title>{`${title} · Stoa`}</title>
      <div className="place-main">
        <header className="place-head">
          {before}
          <h1>{title}</h1>
          {actions}
        </header>
        {filled ? (
          children
        ) : (
          <div className="place-scroll">
            <div className="place-content">{children}</div>
          </div>
        )}
      </div>
      {side}
    </div>
  );
}
