/** What is broken, and how many it touches: failures grouped by what went wrong. */
import { FAILURE_WINDOWS, type FailureWindow, isNewKind } from "../domain/FailureKinds.ts"
import { Icon } from "./components/Icon.tsx"
import { KindRow, type ShownKind } from "./components/KindRow.tsx"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { NewPill } from "./components/QuestionCard.tsx"
import { windowWords } from "./FailureKindText.ts"
import { counted } from "./OverviewText.ts"

export interface FailuresQuery {
  readonly since: FailureWindow
  readonly onlyNew: boolean
}

export interface FailuresPageProps {
  readonly query: FailuresQuery
  readonly kinds: ReadonlyArray<ShownKind>
  readonly nowMs: number
}

const isWindow = (text: unknown): text is FailureWindow => FAILURE_WINDOWS.some((window) => window === text)

export const parseFailuresQuery = (params: URLSearchParams): FailuresQuery => {
  const since = params.get("since")
  return { since: isWindow(since) ? since : "24h", onlyNew: params.get("only") === "new" }
}

const failuresUrl = ({ since, onlyNew }: FailuresQuery): string => {
  const params = new URLSearchParams()
  if (since !== "24h") params.set("since", since)
  if (onlyNew) params.set("only", "new")
  return params.size === 0 ? "/failures" : `/failures?${params}`
}

export const matchingKinds = (
  { onlyNew }: FailuresQuery,
  kinds: ReadonlyArray<ShownKind>,
  nowMs: number
): ReadonlyArray<ShownKind> => (onlyNew ? kinds.filter(({ kind }) => isNewKind(kind, nowMs)) : kinds)

const failuresFeedUrl = ({ kinds, nowMs, query }: FailuresPageProps): string =>
  `/events?${new URLSearchParams({
    page: "failures",
    kinds: kinds.map(({ kind }) => kind.fingerprint).join(),
    since: query.since,
    at: String(nowMs),
    ...(query.onlyNew && { only: "new" })
  })}`

export const NewKinds = ({ count, query }: { readonly count: number; readonly query: FailuresQuery }) => (
  <NewPill
    id="new-kinds"
    href={failuresUrl(query)}
    {...(count > 0 && { text: counted(count, "more kind of failure", "more kinds of failure") })}
  />
)

const Windows = ({ query }: { readonly query: FailuresQuery }) => (
  <nav class="tabs" aria-label="Time">
    {FAILURE_WINDOWS.map((since) => (
      <a
        class="tab"
        href={failuresUrl({ since, onlyNew: false })}
        aria-current={since === query.since && !query.onlyNew ? "true" : undefined}
      >
        {`Last ${windowWords[since].replace("the last ", "")}`}
      </a>
    ))}
    <a
      class="tab"
      href={failuresUrl({ since: "24h", onlyNew: true })}
      aria-current={query.onlyNew ? "true" : undefined}
    >
      New since yesterday
    </a>
  </nav>
)

const None = ({ since, onlyNew }: FailuresQuery) => (
  <div class="empty">
    <Icon name="st-completed" />
    <h2>{onlyNew ? "No new kinds of failure since yesterday." : `No failures in ${windowWords[since]}.`}</h2>
    {(since !== "7d" || onlyNew) && (
      <div class="buttons">
        <a class="button" href="/failures?since=7d">
          Last 7 days
        </a>
      </div>
    )}
  </div>
)

export const FailuresPage = (props: FailuresPageProps) => (
  <>
    <LiveFeed url={failuresFeedUrl(props)} />
    <h1>Failures</h1>
    <p class="lead">
      Failures with the same cause are one line, the newest change first. What was retried since still counts.
    </p>
    <Windows query={props.query} />
    <NewKinds count={0} query={props.query} />
    {props.kinds.length === 0 ? (
      <None {...props.query} />
    ) : (
      <div class="table-frame">
        <table class="kinds">
          <caption class="visually-hidden">Kinds of failure, the newest change first</caption>
          <thead>
            <tr>
              <th scope="col">What went wrong</th>
              <th scope="col">1 hour</th>
              <th scope="col">24 hours</th>
              <th scope="col">7 days</th>
              <th scope="col">Restaurants</th>
              <th scope="col">First seen</th>
            </tr>
          </thead>
          <tbody>
            {props.kinds.map((shown) => (
              <KindRow shown={shown} />
            ))}
          </tbody>
        </table>
      </div>
    )}
  </>
)
