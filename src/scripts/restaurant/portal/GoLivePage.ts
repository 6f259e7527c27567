import { Effect } from "effect"
import { button, heading, link, rowsOf } from "./Controls.ts"
import type { Portal } from "./Portal.ts"

export interface GoLiveState {
  /** What has to be done before a restaurant is published, as the portal calls it. */
  readonly items: ReadonlyArray<{ readonly title: string; readonly isDone: boolean }>
  readonly isPublished: boolean
}

const publicPage = link("Open the public page")

export const makeGoLivePage = (portal: Portal) => ({
  /** Opens the checklist and reads it. */
  read: Effect.gen(function* () {
    yield* portal.open("go-live")
    yield* portal.find(heading("Go live"))
    const rows = yield* portal.use((page) => rowsOf(page, "Checklist"))
    const state: GoLiveState = {
      items: rows.map(({ cells: [title = "", text] }) => ({ title, isDone: text === "Done" })),
      isPublished: yield* portal.has(publicPage)
    }
    return state
  }),
  /** Publishes the restaurant while the page is open. Whether the portal did it. */
  publish: portal.submit(button("Publish restaurant")).pipe(Effect.map(({ status }) => status < 400)),
  /** Address of the page that guests see, while the page of a published restaurant is open. */
  publicUrl: portal
    .find(publicPage)
    .pipe(
      Effect.andThen(
        portal.use((page) =>
          publicPage
            .locate(page)
            .evaluate((anchor: HTMLAnchorElement | SVGElement) => ("href" in anchor ? String(anchor.href) : ""))
        )
      )
    )
})
