import type { Child } from "hono/jsx"

export interface PartialProps {
  readonly target: string
  readonly swap?: string
  readonly children: Child
}

/** One change of a live page. A wrapper of its own, because the HTML parser drops a bare table row. */
export const Partial = ({ target, swap = "outerMorph", children }: PartialProps) => (
  <hx-partial hx-target={target} hx-swap={swap}>
    {children}
  </hx-partial>
)

/** News for the reader: polite for results, an alert for what went wrong. */
export const Toast = ({ tone, children }: { readonly tone: "status" | "alert"; readonly children: Child }) => (
  <Partial target={`#toasts-${tone}`} swap="beforeend">
    <p class={`toast toast-${tone}`}>
      <span>{children}</span>
    </p>
  </Partial>
)

/** Said by screen readers, not shown: the page shows it already. */
export const Announcement = ({ important = false, text }: { readonly text: string; readonly important?: boolean }) => (
  <Partial target="#toasts-status" swap="beforeend">
    <p {...(important && { "data-important": "" })} class="toast visually-hidden">
      {text}
    </p>
  </Partial>
)
