import type { Attempt, AttemptOutcome } from "../domain/Attempt.ts"
import { ColumnHeads } from "./components/ColumnHeads.tsx"
import { Icon, type IconName } from "./components/Icon.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { closed } from "./Sentence.ts"
import { durationText } from "./Times.ts"

const outcomes: Readonly<Record<AttemptOutcome, { readonly word: string; readonly icon: IconName }>> = {
  completed: { word: "Done", icon: "st-completed" },
  failed: { word: "Failed", icon: "st-failed" },
  cancelled: { word: "Cancelled", icon: "st-cancelled" },
  released: { word: "Handed back, not counted", icon: "st-retry_wait" },
  lost: { word: "Worker lost", icon: "triangle" }
}

const Outcome = ({ attempt }: { readonly attempt: Attempt }) => {
  if (attempt.outcome === undefined) {
    return (
      <span class="with-icon st-in_progress">
        <Icon name="st-in_progress" turning="ring" />
        Running
      </span>
    )
  }
  const { word, icon } = outcomes[attempt.outcome]
  return (
    <span class="with-icon">
      <Icon name={icon} />
      {word}
    </span>
  )
}

export interface JobAttemptsProps {
  readonly attempts: ReadonlyArray<Attempt>
  readonly nowMs: number
}

export const JobAttempts = ({ attempts, nowMs }: JobAttemptsProps) => (
  <section class="card" id="job-attempts" aria-labelledby="attempts-title">
    <h2 id="attempts-title">Tries</h2>
    {attempts.length === 0 ? (
      <p class="muted">It has not been tried yet.</p>
    ) : (
      <table class="attempts">
        <ColumnHeads names={["Try", "Result", "Time"]} />
        <tbody>
          {attempts.map((attempt) => {
            const startedAt = attempt.startedAt.epochMilliseconds
            return (
              <tr>
                <th scope="row">{attempt.attempt}</th>
                <td>
                  <Outcome attempt={attempt} />
                  {attempt.error && <span class="row-sub">{closed(attempt.error.message)}</span>}
                  <span class="row-sub">
                    started <TimeText at={startedAt} nowMs={nowMs} />
                  </span>
                </td>
                <td>
                  {attempt.endedAt ? (
                    durationText(attempt.endedAt.epochMilliseconds - startedAt)
                  ) : (
                    <TimeText at={startedAt} nowMs={nowMs} kind="elapsed" />
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    )}
  </section>
)
