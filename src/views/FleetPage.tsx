/** Is the machine healthy? Places for jobs, lane by lane, and the programs that run jobs. */
import { isLane, lanes } from "../domain/Lane.ts"
import type { LaneReport, Pause } from "../domain/Lanes.ts"
import type { WorkerReport } from "../domain/Workers.ts"
import { Icon } from "./components/Icon.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { jobsUrl } from "./JobsQuery.ts"
import { laneWords } from "./LaneWords.ts"
import { Meter } from "./OpsNumbers.tsx"
import { counted } from "./OverviewText.ts"
import { PauseForm, PauseNote } from "./PauseForm.tsx"
import { plural } from "./plural.ts"
import { closed } from "./Sentence.ts"

export interface FleetPageProps {
  readonly lanes: ReadonlyArray<LaneReport>
  readonly workers: ReadonlyArray<WorkerReport>
  readonly pausedTypes: ReadonlyArray<{ readonly name: string; readonly title: string; readonly paused: Pause }>
  /** Of the job types, by their names. */
  readonly titles: ReadonlyMap<string, string>
  readonly nowMs: number
  readonly mayAdminister: boolean
  /** Why the last action was refused. */
  readonly refused?: string | undefined
}

/** The page in one sentence. */
export const fleetSentence = ({ lanes, workers }: Pick<FleetPageProps, "lanes" | "workers">): string => {
  const alive = workers.filter((worker) => worker.alive)
  if (alive.length === 0) return "No worker is running, so no job starts."
  const silent = workers.length - alive.length
  const full = lanes.filter(({ capacity, ready, running }) => capacity > 0 && running >= capacity && ready > 0)
  const paused = lanes.filter((lane) => lane.paused !== undefined)
  const parts = [
    `${plural(alive.length, "worker")} at work`,
    ...(silent > 0 ? [`${silent} silent`] : []),
    ...full.map(
      ({ lane, ready }) =>
        `all places for ${laneWords[lane].jobs} are in use and ${counted(ready, "job waits", "jobs wait")}`
    ),
    ...(paused.length > 0 ? [`${paused.map(({ lane }) => laneWords[lane].jobs).join(", ")} paused`] : [])
  ]
  return closed(parts.join(", "))
}

const waitText = (count: number): string => `${count} ${count === 1 ? "waits" : "wait"}`

const LaneRow = ({ lane, props }: { readonly lane: LaneReport; readonly props: FleetPageProps }) => (
  <tr>
    <th scope="row">
      {laneWords[lane.lane].title}
      <span class="row-sub">lane “{lane.lane}”</span>
    </th>
    <td data-label="In use">
      <Meter value={lane.running} max={lane.capacity} label={`${laneWords[lane.lane].title}: places in use`} />
      {lane.claimedAhead !== undefined && <span class="row-sub">{lane.claimedAhead} next in line</span>}
    </td>
    <td data-label="Waiting for a place">
      <a href={jobsUrl({ status: ["pending"], queue: lane.lane })}>{lane.ready}</a>
      {lane.blocked > 0 && <span class="row-sub">{waitText(lane.blocked)} for other jobs to end</span>}
      {lane.scheduled > 0 && <span class="row-sub">{waitText(lane.scheduled)} for their time</span>}
    </td>
    <td data-label="Longest wait">
      {lane.oldestReadyAt ? (
        <TimeText at={lane.oldestReadyAt.epochMilliseconds} nowMs={props.nowMs} kind="elapsed" />
      ) : (
        "–"
      )}
    </td>
    <td data-label="">
      <PauseForm
        address={`/fleet/lanes/${lane.lane}`}
        what={laneWords[lane.lane].jobs}
        paused={lane.paused}
        nowMs={props.nowMs}
        allowed={props.mayAdminister}
        back="/fleet"
      />
    </td>
  </tr>
)

const state = ({ alive, draining }: WorkerReport): string => {
  if (!alive) return "No sign of life; another worker takes its jobs over"
  return draining ? "Stopping: it ends what it has" : "At work"
}

const orderOf = (name: string): number => (lanes as ReadonlyArray<string>).indexOf(name)

/** Of a newer version there may be other lanes. */
const placesFor = (lane: string): string => (isLane(lane) ? laneWords[lane].jobs : lane)

const WorkerRow = ({ nowMs, titles, worker }: Pick<FleetPageProps, "nowMs" | "titles"> & { worker: WorkerReport }) => (
  <tr>
    <th scope="row">{worker.name}</th>
    <td data-label="State">
      <span class="with-icon">
        {!worker.alive && <Icon name="triangle" />}
        {state(worker)}
      </span>
      <span class="row-sub">
        seen <TimeText at={worker.seenAt.epochMilliseconds} nowMs={nowMs} />
      </span>
    </td>
    <td data-label="Jobs">
      {worker.running}
      {worker.claimedAhead !== undefined && <span class="row-sub">{worker.claimedAhead} next in line</span>}
      {worker.jobs.map(({ jobId, jobType }) => (
        <span class="row-sub">
          <a href={`/jobs/${jobId}`}>{titles.get(jobType) ?? jobType}</a>
        </span>
      ))}
    </td>
    <td data-label="Places">
      {Object.entries(worker.places)
        .toSorted(([a], [b]) => orderOf(a) - orderOf(b))
        .map(([lane, places]) => `${places.toLocaleString("en")} for ${placesFor(lane)}`)
        .join(", ")}
    </td>
    <td data-label="Version">{worker.version ?? "–"}</td>
    <td data-label="Memory">{worker.memoryMb === undefined ? "–" : `${worker.memoryMb} MB`}</td>
    <td data-label="Up for">
      <TimeText at={worker.startedAt.epochMilliseconds} nowMs={nowMs} kind="elapsed" />
    </td>
  </tr>
)

export const FleetParts = (props: FleetPageProps) => (
  <section id="fleet" aria-label="Fleet" hx-get="/fleet" hx-trigger="every 5s" hx-swap="outerMorph" data-poll>
    <p class="lead">{fleetSentence(props)}</p>
    <h2>Places</h2>
    <table class="ops">
      <caption class="visually-hidden">Places for jobs, and how many of them are in use</caption>
      <thead>
        <tr>
          <th scope="col">Jobs</th>
          <th scope="col">In use</th>
          <th scope="col">Waiting for a place</th>
          <th scope="col">Longest wait</th>
          <th scope="col">Pause</th>
        </tr>
      </thead>
      <tbody>
        {props.lanes.map((lane) => (
          <LaneRow lane={lane} props={props} />
        ))}
      </tbody>
    </table>
    {props.pausedTypes.length > 0 && (
      <>
        <h2>Paused job types</h2>
        <ul class="files">
          {props.pausedTypes.map(({ name, paused, title }) => (
            <li>
              <a href={`/types/${name}`}>{title}</a> <PauseNote paused={paused} nowMs={props.nowMs} />
            </li>
          ))}
        </ul>
      </>
    )}
    <h2>Workers</h2>
    {props.workers.length === 0 ? (
      <p class="muted">No worker was seen in the last hour.</p>
    ) : (
      <table class="ops">
        <caption class="visually-hidden">Programs that run jobs</caption>
        <thead>
          <tr>
            <th scope="col">Worker</th>
            <th scope="col">State</th>
            <th scope="col">Jobs</th>
            <th scope="col">Places</th>
            <th scope="col">Version</th>
            <th scope="col">Memory</th>
            <th scope="col">Up for</th>
          </tr>
        </thead>
        <tbody>
          {props.workers.map((worker) => (
            <WorkerRow worker={worker} nowMs={props.nowMs} titles={props.titles} />
          ))}
        </tbody>
      </table>
    )}
  </section>
)

export const FleetPage = (props: FleetPageProps) => (
  <>
    <h1>Fleet</h1>
    {props.refused !== undefined && (
      <p class="box box-problem" tabindex={-1} autofocus>
        {props.refused}
      </p>
    )}
    <FleetParts {...props} />
  </>
)
