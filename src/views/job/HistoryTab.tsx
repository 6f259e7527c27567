import type { AuditEntry } from "../../domain/AuditLog.ts"
import type { JobHistory } from "../../domain/JobReports.ts"
import { TimeText } from "../components/TimeText.tsx"
import type { ShownJob } from "../ShownJob.ts"
import { type JobQuery, jobUrl } from "./JobQuery.ts"
import { jobHistory } from "./jobHistory.ts"

export interface HistoryTabProps {
  readonly shown: ShownJob
  readonly query: JobQuery
  readonly history: JobHistory
  readonly actions: ReadonlyArray<AuditEntry>
}

export const HistoryTab = ({ actions, history, query, shown }: HistoryTabProps) => {
  const all = jobHistory(shown, history, actions)
  const entries = query.people ? all.filter(({ byPerson }) => byPerson) : all
  const link = (people: boolean, label: string) => (
    <a
      class="chip"
      href={jobUrl(shown.job.jobId, { ...query, people })}
      aria-current={query.people === people ? "true" : undefined}
    >
      {label}
    </a>
  )
  return (
    <section class="card" id="job-history" aria-labelledby="history-title">
      <div class="card-head">
        <h2 id="history-title">History</h2>
        <p class="chips">
          {link(false, "All")}
          {link(true, "Only people")}
        </p>
      </div>
      <ol class="history">
        {entries.map(({ at, byPerson, what, who }) => (
          <li class={byPerson ? "history-person" : undefined}>
            <span class="history-at">
              <TimeText at={at} nowMs={shown.nowMs} kind="moment" />
              <span class="row-sub">
                <TimeText at={at} nowMs={shown.nowMs} kind="day" />, <TimeText at={at} nowMs={shown.nowMs} />
              </span>
            </span>
            <span class="history-who">{who}</span>
            <span class="history-what">{what}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
