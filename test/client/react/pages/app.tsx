/** @jsxImportSource react */
/** The scenes that tests look at; the address says which, of which job. */
import { StrictMode, useEffect, useState } from "react"
import { createRoot } from "react-dom/client"
import {
  CompactProgressTracker,
  createClient,
  createJobHooks,
  JobStatusCard,
  JobsProvider,
  ProgressTracker,
  useJobEvents,
  useJobPolling,
  useJobStatus
} from "./callboard.ts"

/** What the tests read: when the page asked for a status, what is on its way, and what the callbacks got. */
const seen = { asked: [] as Array<number>, underWay: new Set<Promise<unknown>>(), told: [] as Array<string> }
const tell = (line: string) => void seen.told.push(line)

const isStream = (url: string | URL | Request) => String(url).endsWith("/events")

const fetch: typeof globalThis.fetch = Object.assign(
  (url: string | URL | Request, init?: RequestInit) => {
    if (String(url).endsWith("/status")) seen.asked.push(Date.now())
    const answer = globalThis.fetch(url, init)
    const done = answer
      .then((response) => (response.body === null || isStream(url) ? "" : response.clone().text()))
      .catch(() => "")
    seen.underWay.add(done)
    void done.then(() => seen.underWay.delete(done))
    return answer
  },
  { preconnect: () => undefined }
)

const { useCreateJob } = createJobHooks<{
  plan_trip: { input: { gates: string; fails?: boolean }; result: { days: number } }
}>()

const query = new URLSearchParams(location.search)
const [shownId, gates] = [query.get("job") ?? undefined, query.get("gates") ?? ""]

const Planner = ({ isCareless = false, onMount = false }) => {
  const trip = useCreateJob("plan_trip", {
    mutation: {
      onSuccess: () => {
        if (isCareless) throw new Error("The team forgot something")
      }
    },
    onProgress: ({ percent }) => tell(`progress ${percent}`),
    onComplete: ({ result }) => tell(`complete ${result?.days}`),
    onError: ({ message }) => tell(`error ${message}`),
    onCancelled: () => tell("cancelled")
  })
  const { clientRef, create, createError, isCreating, isOptimistic, jobId } = trip
  useEffect(() => {
    if (onMount) create({ gates })
  }, [create, onMount])
  return (
    <>
      <button type="button" onClick={() => create({ gates })}>
        Plan
      </button>
      <button type="button" onClick={() => create({ gates, fails: true })}>
        Plan nowhere
      </button>
      <button type="button" onClick={() => create({ gates: 7n as never })}>
        Plan what is no JSON
      </button>
      <output>
        {JSON.stringify({ jobId, clientRef, isOptimistic, isCreating, createError: createError?.message })}
      </output>
      {clientRef && (
        <ProgressTracker<{ days: number }>
          jobId={clientRef}
          title="Trip to Rome"
          renderResult={({ days }) => <p>{days} days</p>}
        />
      )}
    </>
  )
}

const Together = () => (
  <>
    <ProgressTracker jobId={shownId} title="Trip to Rome" />
    <CompactProgressTracker jobId={shownId} title="Short trip" showActions />
    <JobStatusCard jobId={shownId} />
  </>
)

const Controls = () => {
  const { isEnded, isPaused, isPolling, isStopped, job, reset, resume, stop } = useJobPolling(shownId)
  return (
    <>
      <output>{JSON.stringify({ status: job?.status, isEnded, isPaused, isPolling, isStopped })}</output>
      <button type="button" onClick={stop}>
        Stop
      </button>
      <button type="button" onClick={resume}>
        Resume
      </button>
      <button type="button" onClick={reset}>
        Reset
      </button>
    </>
  )
}

const Watched = () => {
  const { isUnavailable } = useJobStatus(shownId, { live: true, onError: ({ message }) => tell(`error ${message}`) })
  return <output>{JSON.stringify({ isUnavailable })}</output>
}

const Live = () => {
  const { events, isStreaming, job, retry } = useJobEvents(shownId, {
    onEvent: ({ event, id }) => tell(`${event} ${id}`)
  })
  const text = { status: job?.status, isStreaming, percent: job?.progress.percent, events: events.length }
  return (
    <>
      <output>{JSON.stringify(text)}</output>
      <button type="button" onClick={() => retry()}>
        Retry
      </button>
    </>
  )
}

const scenes = {
  plan: <Planner />,
  mount: <Planner onMount />,
  careless: <Planner isCareless />,
  together: <Together />,
  controls: <Controls />,
  live: <Live />,
  watched: <Watched />
}

const App = () => {
  const [isShown, setShown] = useState(true)
  return (
    <>
      <button type="button" onClick={() => setShown(!isShown)}>
        Hide
      </button>
      {isShown && scenes[(query.get("scene") ?? "plan") as keyof typeof scenes]}
    </>
  )
}

Object.assign(window, { seen })
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <JobsProvider client={createClient({ fetch })}>
      <App />
    </JobsProvider>
  </StrictMode>
)
