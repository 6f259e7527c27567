/** @jsxImportSource react */
import { useQuery } from "@tanstack/react-query"
import { ProgressTracker } from "callboard/react"
import type { FormEvent } from "react"
import { client, useCreateJob } from "./client.ts"
import type { Jobs, Trip } from "./jobs.ts"
import { useRememberedJobs } from "./rememberedJobs.ts"

type TripInput = Jobs["ai_trip_generation"]["input"]

const inputOf = (form: FormData): TripInput => ({
  destination: String(form.get("destination")),
  days: Number(form.get("days")),
  travellers: Number(form.get("travellers")),
  budget: Number(form.get("budget")),
  interests: String(form.get("interests"))
    .split(",")
    .map((interest) => interest.trim())
    .filter((interest) => interest !== "")
})

/** Why no trip can be planned: such as that this Callboard has no language model. */
const useUnavailable = (): string | undefined => {
  const { data, error } = useQuery({ queryKey: ["job types"], queryFn: ({ signal }) => client.types({ signal }) })
  if (error !== null) return error.message
  const type = data?.find(({ jobType }) => jobType === "ai_trip_generation")
  if (data === undefined || type?.available) return undefined
  return type?.unavailableReason ?? "This Callboard has no such job type."
}

const ShownTrip = ({ trip: { days, summary, title, totals } }: { readonly trip: Trip }) => (
  <article className="trip">
    <h3>{title}</h3>
    <p>{summary}</p>
    <ol>
      {days.map(({ activities, day, theme }) => (
        <li key={day}>
          <strong>{theme}</strong>: {activities.map((activity) => activity.title).join(", ")}
        </li>
      ))}
    </ol>
    <p>
      Together {totals.cost} {totals.currency}
    </p>
  </article>
)

export const TripGenerator = () => {
  const [[remembered], remember] = useRememberedJobs("trip")
  const unavailable = useUnavailable()
  const { clientRef, create, isCreating } = useCreateJob("ai_trip_generation", {
    mutation: { onSuccess: ({ id }) => remember([id]) }
  })
  const shown = clientRef ?? remembered
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    create(inputOf(new FormData(event.currentTarget)))
  }

  return (
    <section className="card" aria-labelledby="trip">
      <h2 id="trip">Plan a trip</h2>
      <p>A language model plans each day, and what does not fit the budget once more.</p>
      <form onSubmit={onSubmit}>
        <label className="wide">
          Where to
          <input name="destination" defaultValue="Lisbon" required maxLength={200} />
        </label>
        <label>
          Days
          <input name="days" type="number" min={1} max={21} defaultValue={3} required />
        </label>
        <label>
          Travellers
          <input name="travellers" type="number" min={1} max={50} defaultValue={2} required />
        </label>
        <label>
          Budget in EUR
          <input name="budget" type="number" min={1} defaultValue={900} required />
        </label>
        <label>
          Interests
          <input name="interests" defaultValue="food, old trams" />
        </label>
        <button type="submit" className="main wide" disabled={isCreating || unavailable !== undefined}>
          Plan it
        </button>
      </form>
      {unavailable !== undefined && (
        <p className="note" role="status">
          No trips today: {unavailable}
        </p>
      )}
      {shown !== undefined && (
        <div className="outcome">
          <ProgressTracker<Trip>
            jobId={shown}
            title="Your trip"
            showDetails
            renderResult={(trip) => <ShownTrip trip={trip} />}
          />
        </div>
      )}
    </section>
  )
}
