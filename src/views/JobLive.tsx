/** What the browser of a running job shows now: a small picture on the job's page, a large one on a page of its own. */
import type { LiveCondition, LiveNow, LiveSize } from "../domain/LiveView.ts"
import { StatusBadge } from "./components/StatusBadge.tsx"
import { SentenceText } from "./components/TimeText.tsx"
import { jobSentence } from "./JobSentence.ts"
import { moment, type Sentence } from "./Sentence.ts"
import { jobName, type ShownJob, stepTitle } from "./ShownJob.ts"
import { lengthText } from "./Times.ts"

const hasBrowser = ({ job }: ShownJob): boolean => job.status === "in_progress" && job.lane === "browser"

const sizes: Readonly<Record<LiveSize, { readonly width: number; readonly height: number }>> = {
  small: { width: 400, height: 225 },
  large: { width: 1_000, height: 563 }
}

const emptyTexts: Readonly<Record<LiveCondition, string>> = {
  starting: "Waiting for the first picture…",
  live: "Waiting for the first picture…",
  hidden: "No picture now: a secret value is on the page.",
  lost: "No picture: the browser does not answer."
}

const captionSentence = (shown: ShownJob, { condition, picture }: LiveNow): Sentence => {
  const { stepName } = shown.job.progress
  const step = stepName === undefined ? undefined : stepTitle(shown.steps, stepName)
  if (picture !== undefined && condition === "lost") {
    return ["Picture from ", moment(picture.takenAtMs), ", browser not answering"]
  }
  const taken = picture === undefined ? [] : [moment(picture.takenAtMs)]
  if (step === undefined) return taken
  return taken.length === 0 ? [step] : [...taken, ` · ${step}`]
}

export interface LivePictureProps {
  readonly shown: ShownJob
  readonly size: LiveSize
  /** Absent before anybody has looked. */
  readonly now?: LiveNow | undefined
}

const Picture = ({ now, shown, size }: LivePictureProps) => {
  const address = `/jobs/${shown.job.jobId}`
  const alt = `The page in the browser of ${jobName(shown)}`
  // A stream in the page as it is loaded would keep it loading for ever; without JavaScript that is the lesser evil.
  const stream = <img class="live-picture" src={`${address}/live.mjpeg`} alt={alt} {...sizes.large} />
  const still = <img class="live-picture" src={`${address}/live.jpg`} alt={alt} {...sizes.small} />
  if (now === undefined) {
    return (
      <>
        <p class="live-empty js-only">{emptyTexts.starting}</p>
        <noscript>{size === "large" ? stream : still}</noscript>
      </>
    )
  }
  const { condition, picture } = now
  if (picture === undefined) return <p class="live-empty">{emptyTexts[condition]}</p>
  if (size === "large") {
    return (
      <img
        class="live-picture"
        src={`${address}/live.mjpeg`}
        data-stream={`${address}/live.mjpeg`}
        alt={alt}
        {...sizes.large}
      />
    )
  }
  return <img class="live-picture" src={`${address}/live.jpg?picture=${picture.id}`} alt={alt} {...sizes.small} />
}

const Figure = (props: LivePictureProps) => (
  <figure class={`live-view live-${props.size} live-${props.now?.condition ?? "starting"}`}>
    <div class="live-frame">
      <Picture {...props} />
    </div>
    <figcaption>
      <SentenceText
        sentence={captionSentence(props.shown, props.now ?? { condition: "starting" })}
        nowMs={props.shown.nowMs}
      />
    </figcaption>
  </figure>
)

/** Asks for itself again while it is seen (app.js). */
export const SmallLive = ({ now, shown }: Omit<LivePictureProps, "size">) => {
  const look = {
    "hx-get": `/jobs/${shown.job.jobId}/live?size=small`,
    "hx-trigger": "live:look",
    "hx-swap": "outerMorph"
  }
  return (
    <div id="live-now" {...(hasBrowser(shown) && { "data-look": "", ...look })}>
      <Figure shown={shown} size="small" now={now} />
    </div>
  )
}

/** The section of the job's page. What it shows is its own matter: the page's stream leaves it alone. */
export const JobLive = ({ shown }: { readonly shown: ShownJob }) => (
  <div id="job-live">
    {hasBrowser(shown) && (
      <section class="card" aria-labelledby="live-title">
        <div class="card-head">
          <h2 id="live-title">Now in the browser</h2>
          <a class="button button-small" href={`/jobs/${shown.job.jobId}/live`}>
            Watch live
          </a>
        </div>
        <div id="live-place" hx-morph-skip="">
          <SmallLive shown={shown} />
        </div>
      </section>
    )}
  </div>
)

export interface LargeLiveProps {
  readonly shown: ShownJob
  readonly now?: LiveNow | undefined
  /** When the reader began to watch. */
  readonly sinceMs: number
}

/** A forgotten page must not keep a browser busy. */
export const LONGEST_WATCH_MS = 5 * 60_000

const Stopped = ({ href, children }: { readonly href: string; readonly children: string }) => (
  <p class="box">
    {children} <a href={href}>Watch on</a>
  </p>
)

export const LargeLive = ({ now, shown, sinceMs }: LargeLiveProps) => {
  const address = `/jobs/${shown.job.jobId}/live`
  const isOver = shown.nowMs - sinceMs > LONGEST_WATCH_MS
  const look = { "hx-get": `${address}?since=${sinceMs}`, "hx-trigger": "live:look", "hx-swap": "outerMorph" }
  return (
    <div id="live-now" {...(!isOver && { "data-look": "", ...look })}>
      <p class="live-sentence">
        <StatusBadge shown={shown} />
        <span>
          <SentenceText sentence={jobSentence(shown)} nowMs={shown.nowMs} />
        </span>
      </p>
      {isOver ? (
        <Stopped
          href={address}
        >{`Watching stopped after ${lengthText(LONGEST_WATCH_MS)}, to spare the browser.`}</Stopped>
      ) : hasBrowser(shown) ? (
        <Figure shown={shown} size="large" now={now} />
      ) : (
        <p class="box">No browser of this job runs now, so there is nothing to watch.</p>
      )}
      {now?.condition === "lost" && <Stopped href={address}>The browser does not answer.</Stopped>}
    </div>
  )
}
