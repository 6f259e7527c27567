/** Jobs that are made again and again: when next, how the last one went. */
import type { JobSchedule } from "../domain/JobSchedule.ts"
import { cronWords } from "./CronWords.ts"
import { Icon } from "./components/Icon.tsx"
import { Once } from "./components/Once.tsx"
import { StatusMark } from "./components/StatusBadge.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { closed } from "./Sentence.ts"
import type { ShownJob } from "./ShownJob.ts"
import { zonedText } from "./Times.ts"

export interface ShownSchedule {
  readonly schedule: JobSchedule
  readonly typeTitle: string
  /** The jobs that it made last, newest first. */
  readonly lastJobs: ReadonlyArray<ShownJob>
  /** Its next times, soonest first. */
  readonly next: ReadonlyArray<number>
}

export interface ScheduleActionsProps {
  /** The page where the buttons stand. */
  readonly back: string
  readonly schedule: JobSchedule
  readonly mayAdminister: boolean
}

interface PressProps extends Pick<ScheduleActionsProps, "back" | "schedule"> {
  readonly action: string
  readonly label: string
}

const Press = ({ action, back, label, schedule }: PressProps) => (
  <form method="post" action={`/schedules/${schedule.id}/${action}`}>
    <Once />
    <input type="hidden" name="back" value={back} />
    <button type="submit" class="button">
      {label}
      <span class="visually-hidden"> {schedule.name}</span>
    </button>
  </form>
)

export const ScheduleActions = ({ back, mayAdminister, schedule }: ScheduleActionsProps) =>
  mayAdminister ? (
    <div class="buttons">
      <Press schedule={schedule} back={back} action="run" label="Run now" />
      {schedule.pausedAt ? (
        <Press schedule={schedule} back={back} action="resume" label="Resume" />
      ) : (
        <Press schedule={schedule} back={back} action="pause" label="Pause" />
      )}
    </div>
  ) : null

/** "Mon 24 Nov, 06:00 Europe/Rome (in 3 h)" */
export const NextRun = ({
  next,
  nowMs,
  schedule
}: Omit<ShownSchedule, "typeTitle" | "lastJobs"> & { nowMs: number }) => {
  if (schedule.pausedAt) {
    return (
      <span class="with-icon">
        <Icon name="triangle" />
        <span>
          Paused <TimeText at={schedule.pausedAt.epochMilliseconds} nowMs={nowMs} />
        </span>
      </span>
    )
  }
  const [first] = next
  if (first === undefined) return <>–</>
  return (
    <>
      {zonedText(first, nowMs, schedule.timeZone)} {schedule.timeZone}
      <span class="row-sub">
        <TimeText at={first} nowMs={nowMs} kind="due" />
      </span>
    </>
  )
}

export const LastRuns = ({
  lastJobs,
  nowMs,
  schedule
}: Omit<ShownSchedule, "typeTitle" | "next"> & { nowMs: number }) => (
  <>
    {lastJobs.length === 0 && schedule.lastError === undefined && "not yet"}
    {lastJobs.map(({ job, status }) => (
      <a class="last-run" href={`/jobs/${job.jobId}`}>
        <StatusMark status={status} />
        <span class="row-sub">
          <TimeText at={job.createdAt.epochMilliseconds} nowMs={nowMs} />
        </span>
      </a>
    ))}
    {schedule.lastError && <span class="row-sub">No job was made: {closed(schedule.lastError.message)}</span>}
    {schedule.lastSkipped && (
      <span class="row-sub">
        One was left out {schedule.lastSkipped.because === "missed" ? "(missed)" : "(the one before still ran)"}{" "}
        <TimeText at={schedule.lastSkipped.at.epochMilliseconds} nowMs={nowMs} />
      </span>
    )}
  </>
)

export interface SchedulesPageProps {
  readonly schedules: ReadonlyArray<ShownSchedule>
  readonly nowMs: number
  readonly mayAdminister: boolean
  readonly more?: string | undefined
}

export const SchedulesPage = ({ mayAdminister, more, nowMs, schedules }: SchedulesPageProps) => (
  <>
    <div class="page-head">
      <h1>Schedules</h1>
      {mayAdminister && (
        <a class="button button-primary" href="/schedules/new">
          New schedule
        </a>
      )}
    </div>
    {schedules.length === 0 ? (
      <div class="empty">
        <Icon name="st-scheduled" />
        <h2>No schedules yet.</h2>
        <p>A schedule starts a job by itself, at the times that you choose.</p>
      </div>
    ) : (
      <table class="ops">
        <caption class="visually-hidden">Schedules by name</caption>
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col">When</th>
            <th scope="col">Next</th>
            <th scope="col">Last</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {schedules.map(({ lastJobs, next, schedule, typeTitle }) => (
            <tr>
              <th scope="row">
                <a href={`/schedules/${schedule.id}`}>{schedule.name}</a>
                <span class="row-sub">{typeTitle}</span>
              </th>
              <td data-label="When">
                {cronWords(schedule.cron) ?? schedule.cron}
                <span class="row-sub">{schedule.timeZone}</span>
              </td>
              <td data-label="Next">
                <NextRun schedule={schedule} next={next} nowMs={nowMs} />
              </td>
              <td data-label="Last">
                <LastRuns schedule={schedule} lastJobs={lastJobs} nowMs={nowMs} />
              </td>
              <td data-label="">
                <ScheduleActions back="/schedules" schedule={schedule} mayAdminister={mayAdminister} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    {more !== undefined && (
      <p class="older">
        <a class="button" href={`/schedules?after=${more}`}>
          Show more
        </a>
      </p>
    )}
  </>
)
