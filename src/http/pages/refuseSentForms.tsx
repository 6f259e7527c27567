/** What is said about a form that was sent and done before, too long ago to be answered again. */
import type { MiddlewareHandler } from "hono"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import { isSentAlready } from "../sentForms.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { pageResponse } from "./page.tsx"

export const refuseSentForms =
  (info: BoardInfo): MiddlewareHandler =>
  (c, next) =>
    isSentAlready(c)
      ? Promise.resolve(
          pageResponse(c, info, {
            title: "Sent already",
            status: 409,
            here: "/jobs",
            content: (
              <ErrorPage
                heading="This form was sent already."
                text="It was done then, and was not done again now. To do it once more, open its page again."
                onward={{ href: "/", label: "Now" }}
              />
            )
          })
        )
      : next()
