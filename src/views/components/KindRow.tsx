/** One kind of failure, in the table of all of them and among what is broken now. */
import type { FailureKind } from "../../domain/FailureKinds.ts"
import { trendOf, trendWords } from "../FailureKindText.ts"
import { cappedText, counted } from "../OverviewText.ts"
import { Icon } from "./Icon.tsx"
import { TimeText } from "./TimeText.tsx"

export interface ShownKind {
  readonly kind: FailureKind
  /** Of its job type. */
  readonly title: string
  readonly stepTitle?: string | undefined
  readonly nowMs: number
}

export const kindUrl = ({ fingerprint }: Pick<FailureKind, "fingerprint">): string => `/failures/${fingerprint}`

export const kindId = ({ kind }: ShownKind): string => `kind-${kind.fingerprint}`

export const TrendMark = ({ shown: { kind, nowMs } }: { readonly shown: ShownKind }) => {
  const trend = trendOf(kind, nowMs)
  if (trend === undefined) return null
  const { sentence, word } = trendWords[trend]
  return (
    <span class={`trend trend-${trend}`} title={sentence}>
      {trend === "rising" && <span aria-hidden="true">↑ </span>}
      {word}
    </span>
  )
}

export const KindRow = ({ shown }: { readonly shown: ShownKind }) => {
  const { kind, nowMs, stepTitle, title } = shown
  return (
    <tr id={kindId(shown)} data-row="">
      <th scope="row" class="kind-name">
        <a href={kindUrl(kind)}>{kind.message === "" ? kind.code : kind.message}</a> <TrendMark shown={shown} />
        <span class="row-sub">
          {title}
          {stepTitle !== undefined && ` · ${stepTitle}`}
        </span>
      </th>
      <td class="kind-count" data-label="1 hour">
        {cappedText(kind.lastHour)}
      </td>
      <td class="kind-count" data-label="24 hours">
        {cappedText(kind.lastDay)}
      </td>
      <td class="kind-count" data-label="7 days">
        {cappedText(kind.lastWeek)}
      </td>
      <td class="kind-count" data-label="Restaurants">
        {cappedText(kind.restaurants)}
      </td>
      <td class="kind-when" data-label="First seen">
        <TimeText at={kind.firstFailedAt.epochMilliseconds} nowMs={nowMs} />
      </td>
    </tr>
  )
}

/** The same as a line of a short list. */
export const KindLine = ({ shown }: { readonly shown: ShownKind }) => {
  const { kind, title } = shown
  return (
    <li id={kindId(shown)} class="kind-line" data-row="">
      <Icon name="st-failed" />
      <span class="kind-line-name">
        <a href={kindUrl(kind)}>{kind.message === "" ? kind.code : kind.message}</a> <TrendMark shown={shown} />
        <span class="row-sub">{title}</span>
      </span>
      <span class="kind-line-count">
        {counted(kind.lastDay, "failure", "failures")}
        <span class="row-sub">
          {kind.lastHour === 0 ? "none in the last hour" : `${cappedText(kind.lastHour)} in the last hour`}
        </span>
      </span>
    </li>
  )
}
