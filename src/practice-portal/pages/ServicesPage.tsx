import { type Service, type Services, serviceKinds, serviceTitles, weekdays } from "../data/Services.ts"
import { TextArea } from "./FormParts.tsx"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface ServicesPageProps {
  readonly base: string
  readonly restaurant: string
  readonly services: Services
  readonly wasSaved: boolean
  readonly problem?: string | undefined
}

const openDays = ({ hours }: Service) => {
  const days = weekdays.filter((day) => hours[day].isOpen).map((day) => day.slice(0, 3))
  return days.length === 7 ? "Every day" : days.join(", ")
}

const ServiceTable = ({ base, services }: { readonly base: string; readonly services: Services }) => (
  <table>
    <caption>How guests get their food</caption>
    <thead>
      <tr>
        <th scope="col">Service</th>
        <th scope="col">Offered</th>
        <th scope="col">Open</th>
      </tr>
    </thead>
    <tbody>
      {serviceKinds.map((kind) => (
        <tr>
          <th scope="row">
            <a href={`${base}/services/${kind}`}>{serviceTitles[kind]}</a>
          </th>
          <td>{services.kinds[kind].isOffered ? "Yes" : <span class="none">No</span>}</td>
          <td>{services.kinds[kind].isOffered ? openDays(services.kinds[kind]) : null}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

export const ServicesPage = (props: ServicesPageProps) => {
  const { base, problem, restaurant, services, wasSaved } = props
  return (
    <Layout base={base} title="Services" restaurant={restaurant}>
      {wasSaved ? <Notice>Saved.</Notice> : null}
      {problem === undefined ? null : <Problem>{problem}</Problem>}
      <ServiceTable base={base} services={services} />
      <p>
        <a href={`${base}/delivery-zones`}>Delivery zones</a> ({services.zones.length})
      </p>
      <form class="card" method="post" action={`${base}/services`}>
        <h2>Closed days</h2>
        <p>On these days all services are closed: holidays, a company outing.</p>
        <TextArea
          name="closedDays"
          label="Closed days"
          value={services.closedDays.join("\n")}
          hint="One date per line: 2030-12-25"
        />
        <button type="submit">Save closed days</button>
      </form>
    </Layout>
  )
}
