/** What makes one action of a form that is sent twice: by an impatient press, or by loading its answer again. */
import { createContext, useContext } from "hono/jsx"

/** A text of its own for every page that is made; undefined where a part of a page is made for several readers. */
export const FormKeyContext = createContext<string | undefined>(undefined)

export const ONCE_FIELD = "once"

/** Stands in every form whose action is another one when it is done twice. */
export const Once = () => {
  const key = useContext(FormKeyContext)
  return key === undefined ? null : <input type="hidden" name={ONCE_FIELD} value={key} autocomplete="off" />
}
