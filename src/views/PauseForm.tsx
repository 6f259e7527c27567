/** Pausing and resuming a lane or a job type. A pause says who, when and why, everywhere it has effect. */
import { whoMayRule } from "../domain/Caller.ts"
import type { Pause } from "../domain/Lanes.ts"
import { Icon } from "./components/Icon.tsx"
import { TimeText } from "./components/TimeText.tsx"

export const LONGEST_REASON = 300

export interface PauseFormProps {
  /** Address without `/pause` and `/resume`. */
  readonly address: string
  /** What is paused, as in "browser jobs". */
  readonly what: string
  readonly paused: Pause | undefined
  readonly nowMs: number
  /** The reader may do it. */
  readonly allowed: boolean
  readonly back: string
}

export const PauseNote = ({ nowMs, paused }: { readonly paused: Pause; readonly nowMs: number }) => (
  <p class="with-icon pause-note">
    <Icon name="triangle" />
    <span>
      Paused <TimeText at={paused.since.epochMilliseconds} nowMs={nowMs} />
      {paused.by !== undefined && ` by ${paused.by}`}
      {paused.reason !== undefined && `: “${paused.reason}”`}
    </span>
  </p>
)

export const PauseForm = ({ address, allowed, back, nowMs, paused, what }: PauseFormProps) => {
  const id = `reason-${address.replaceAll(/[^a-z0-9]+/giu, "-")}`
  return (
    <>
      {paused && <PauseNote paused={paused} nowMs={nowMs} />}
      {!allowed && (
        <>
          <button type="button" class="button" disabled>
            {paused ? "Resume" : "Pause…"}
          </button>{" "}
          <span class="muted who-may">Only {whoMayRule} can do this.</span>
        </>
      )}
      {allowed &&
        (paused ? (
          <form method="post" action={`${address}/resume`}>
            <input type="hidden" name="back" value={back} />
            <button type="submit" class="button">
              Resume
            </button>
          </form>
        ) : (
          <details class="pause">
            <summary class="button">Pause…</summary>
            <form method="post" data-typed="" action={`${address}/pause`} class="pause-form">
              <input type="hidden" name="back" value={back} />
              <label for={id}>Why are {what} paused?</label>
              <input type="text" id={id} name="reason" required maxlength={LONGEST_REASON} autocomplete="off" />
              <p class="field-hint">What runs goes on; nothing new starts until somebody resumes.</p>
              <button type="submit" class="button button-danger">
                Pause {what}
              </button>
            </form>
          </details>
        ))}
    </>
  )
}
