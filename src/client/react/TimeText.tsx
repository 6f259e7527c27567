/** @jsxImportSource react */

const DAY = 86_400_000

/** Of the reader's place and language. */
const localText = (at: Date, now: number): string =>
  new Intl.DateTimeFormat(undefined, {
    ...(Math.abs(now - at.getTime()) > DAY && { day: "numeric", month: "short" }),
    hour: "2-digit",
    minute: "2-digit"
  }).format(at)

/** A server knows neither the place nor the time of its readers, so the first picture is in UTC. */
export const TimeText = ({ at, now }: { readonly at: string; readonly now: number | undefined }) => (
  <time dateTime={at}>{now === undefined ? `${at.slice(11, 16)} UTC` : localText(new Date(at), now)}</time>
)
