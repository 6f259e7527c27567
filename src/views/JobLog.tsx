import type { LogLine } from "../domain/Attempt.ts"
import type { StepDefinition } from "../domain/StepDefinition.ts"
import { TimeText } from "./components/TimeText.tsx"
import { stepTitle } from "./ShownJob.ts"

export interface LogLinesProps {
  readonly lines: ReadonlyArray<LogLine>
  readonly steps: ReadonlyArray<StepDefinition>
  /** With the number of each line, as a link to it. */
  readonly anchors?: boolean
}

export const LogLines = ({ anchors = false, lines, steps }: LogLinesProps) => (
  <>
    {lines.map((line) => (
      <div class={`line line-${line.level}`} id={`l${line.id}`}>
        <TimeText at={line.at.epochMilliseconds} nowMs={0} kind="clock" />
        <span class="line-level">{line.level}</span>
        <span class="line-text">
          {line.step !== undefined && <span class="line-step">{stepTitle(steps, line.step)}: </span>}
          {line.message}
        </span>
        {anchors && (
          <a class="line-link" href={`#l${line.id}`} aria-label={`Line ${line.id}`}>
            #{line.id}
          </a>
        )}
      </div>
    ))}
  </>
)

/** What `#lines` holds; a stream that starts replaces it as a whole. */
export const LogBody = ({ lines, steps }: LogLinesProps) => (
  <div id="lines" data-empty="No lines.">
    <LogLines lines={lines} steps={steps} />
  </div>
)

/** "↓ 12 new lines", for those who read further up. */
export const LogMore = () => (
  <p class="pill-line log-more">
    <button type="button" class="pill" id="log-more" hidden />
  </p>
)

/** Follows while the reader is at its end. Not read aloud unless the reader asks for it. */
export const JobLog = (props: LogLinesProps) => (
  <section class="card" aria-labelledby="log-title">
    <div class="card-head">
      <h2 id="log-title">Log</h2>
      <button type="button" class="button button-small js-only" id="log-aloud" aria-pressed="false">
        Read new lines aloud
      </button>
    </div>
    <div id="log" class="log" role="log" aria-live="off" aria-labelledby="log-title" tabindex={0}>
      <LogBody {...props} />
    </div>
    <LogMore />
  </section>
)
