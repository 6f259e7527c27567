/** What a page asks for that was made for somebody else is not done in the name of who is signed in now. */
import type { Context, MiddlewareHandler } from "hono"
import { OTHER_READER, OtherReader } from "../../views/components/OtherReader.tsx"
import { Toast } from "../../views/components/Partial.tsx"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import { isOthersPage } from "../readerMark.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { fragmentResponse, pageResponse, render, wantsFragment } from "./page.tsx"

const NOT_DONE = "Nothing was done. Load the page again, and look whether you still want it."

/** Its stream says so and nothing else; see `eventsRoute`. */
const isStream = ({ req }: Context): boolean => req.path === "/events"

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
      content: <ErrorPage heading={OTHER_READER} text={NOT_DONE} onward={{ href: "/", label: "Now" }} />
    })
  }
