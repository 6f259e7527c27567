import {
  type DayHours,
  type Service,
  type ServiceKind,
  serviceTitles,
  type Weekday,
  weekdays
} from "../data/Services.ts"
import { CheckField, TextField } from "./FormParts.tsx"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface ServicePageProps {
  readonly base: string
  readonly restaurant: string
  readonly kind: ServiceKind
  readonly service: Service
  readonly wasSaved: boolean
  readonly problem?: string | undefined
}

const Day = ({ day, hours }: { readonly day: Weekday; readonly hours: DayHours }) => {
  const time = (name: "opens" | "closes" | "breakFrom" | "breakUntil", label: string) => (
    <div>
      <TextField name={`${day}.${name}`} label={label} type="time" value={hours[name]} />
    </div>
  )
  return (
    <fieldset class="day">
      <legend>{day}</legend>
      <CheckField name={`${day}.isOpen`} checked={hours.isOpen}>
        Open
      </CheckField>
      {time("opens", "Opens")}
      {time("closes", "Closes")}
      {time("breakFrom", "Break from")}
      {time("breakUntil", "Break until")}
    </fieldset>
  )
}

export const ServicePage = (props: ServicePageProps) => {
  const { base, kind, problem, restaurant, service, wasSaved } = props
  return (
    <Layout base={base} title={serviceTitles[kind]} restaurant={restaurant}>
      <p class="crumbs">
        <a href={`${base}/services`}>Services</a> / {serviceTitles[kind]}
      </p>
      {wasSaved ? <Notice>Saved.</Notice> : null}
      {problem === undefined ? null : <Problem>{problem}</Problem>}
      <form class="card" method="post" action={`${base}/services/${kind}`}>
        <CheckField name="isOffered" checked={service.isOffered}>
          Offer this service
        </CheckField>
        <TextField name="preparationMinutes" label="Preparation time in minutes" value={service.preparationMinutes} />
        {weekdays.map((day) => (
          <Day day={day} hours={service.hours[day]} />
        ))}
        <button type="submit">Save service</button>
      </form>
    </Layout>
  )
}
