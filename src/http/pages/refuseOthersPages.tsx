/** What a page asks for that was made for somebody else is not done in the name of who is signed in now. */
import type { Context, MiddlewareHandler } from "hono"
import { OTHER_READER, OtherReader } from "../../views/components/OtherReader.tsx"
import { Toast } from "../../views/components/Partial.tsx"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import { isOthersPage } from "../readerMark.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { fragmentResponse, pageResponse, render, wantsFragment } from "./page.tsx"
import { safePath } from "./safePath.ts"

const NOT_DONE = "Nothing was done. Load the page again, and look whether you still want it."
const NOT_KEPT = "Nothing was done, and nothing that you typed was kept."

/** Its stream says so and nothing else; see `eventsRoute`. */
const isStream = ({ req }: Context): boolean => req.path === "/events"

/** The page of the form: to load this answer again would send the form again. */
const pageOf = ({ req }: Context) => {
  const sender = URL.parse(req.header("Referer") ?? "")
  const path = sender?.host === req.header("Host") ? safePath(`${sender?.pathname}${sender?.search}`, "/") : "/"
  return path === "/" ? { href: path, label: "Now" } : { href: path, label: "Load the page again" }
}

export const otherReaderNews = `data: ${render(<OtherReader />, undefined)}\n\n`

export const refuseOthersPages =
  (info: BoardInfo): MiddlewareHandler =>
  async (c, next) => {
    if (isStream(c) || !(await isOthersPage(c))) return next()
    // Some parts of a page ask every second.
    const toast = c.req.method === "GET" ? null : <Toast tone="alert">{`${OTHER_READER} ${NOT_DONE}`}</Toast>
    if (wantsFragment(c)) {
      return fragmentResponse(
        c,
        <>
          <OtherReader />
          {toast}
        </>,
        409
      )
    }
    return pageResponse(c, info, {
      title: "Somebody else",
      status: 409,
      here: "/jobs",
      content: <ErrorPage heading={OTHER_READER} text={NOT_KEPT} onward={pageOf(c)} />
    })
  }
