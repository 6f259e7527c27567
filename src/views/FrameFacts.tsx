/** What the top of every page says about the whole: counts in the navigation, and what stops work now. */
import type { Overview } from "../domain/BoardOverview.ts"
import { Icon } from "./components/Icon.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { bannerText, cappedText } from "./OverviewText.ts"

export interface FrameFacts {
  readonly questions: number
  readonly failureKinds: number
  readonly banner?: string | undefined
  /** When the numbers were read, where the database does not answer now. */
  readonly readAt?: number
}

export const frameFactsOf = (overview: Overview): FrameFacts => ({
  questions: overview.counts.needs_input,
  failureKinds: overview.failureKinds,
  banner: bannerText(overview)
})

const NavCount = ({ id, count, of }: { readonly id: string; readonly count: number; readonly of: string }) => (
  <span
    id={id}
    class={count === 0 ? "nav-count nav-none" : "nav-count"}
    data-count={String(count)}
    title={count === 0 ? undefined : `${cappedText(count)} ${of}`}
  >
    {count > 0 && (
      <>
        {cappedText(count)}
        <span class="visually-hidden"> {of}</span>
      </>
    )}
  </span>
)

export const InboxCount = ({ facts }: { readonly facts: FrameFacts | undefined }) => (
  <NavCount
    id="nav-inbox"
    count={facts?.questions ?? 0}
    of={facts?.questions === 1 ? "open question" : "open questions"}
  />
)

export const FailuresCount = ({ facts }: { readonly facts: FrameFacts | undefined }) => (
  <NavCount
    id="nav-failures"
    count={facts?.failureKinds ?? 0}
    of={`${facts?.failureKinds === 1 ? "kind" : "kinds"} of failure in the last 24 hours`}
  />
)

export const BoardBanner = ({ facts }: { readonly facts: FrameFacts | undefined }) => (
  <div id="board-banner">
    {facts?.banner !== undefined && (
      <p class="banner banner-warn">
        <Icon name="triangle" />
        <span>
          {facts.banner} <a href="/fleet">See Fleet</a>
        </span>
      </p>
    )}
    {facts?.readAt !== undefined && (
      <p class="banner banner-warn">
        <Icon name="triangle" />
        <span>
          The database does not answer. The numbers above are from{" "}
          <TimeText at={facts.readAt} nowMs={facts.readAt} kind="moment" />.
        </span>
      </p>
    )}
  </div>
)

/** The parts that change, by the ids under which a stream replaces them. */
export const frameParts = (facts: FrameFacts) => [
  { id: "nav-inbox", node: <InboxCount facts={facts} /> },
  { id: "nav-failures", node: <FailuresCount facts={facts} /> },
  { id: "board-banner", node: <BoardBanner facts={facts} /> }
]

/** "(2) Now · Callboard": seen in a row of tabs. */
export const tabTitle = (title: string, facts: FrameFacts | undefined): string => {
  const name = `${title} · Callboard`
  return facts === undefined || facts.questions === 0 ? name : `(${cappedText(facts.questions)}) ${name}`
}
