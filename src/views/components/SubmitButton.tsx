/** The button that starts something: off while the database is away, which a page can be shown without. */
import type { Child } from "hono/jsx"
import { createContext, useContext } from "hono/jsx"

/** The database did not answer when the page was made. */
export const AwayContext = createContext(false)

export const SubmitButton = ({ children }: { readonly children: Child }) => {
  const away = useContext(AwayContext)
  return (
    <>
      <button type="submit" class="button button-primary" disabled={away}>
        {children}
      </button>
      {away && <span class="muted">Off while the database does not answer. Load the page again when it is back.</span>}
    </>
  )
}

/** Enter in a box presses the first button of a form: it must not be one that removes something. */
export const EnterButton = ({ children }: { readonly children: Child }) => (
  <button type="submit" hidden disabled={useContext(AwayContext)}>
    {children}
  </button>
)
