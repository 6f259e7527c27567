import type { Zone } from "../data/Services.ts"
import { TextField } from "./FormParts.tsx"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface ZonesPageProps {
  readonly base: string
  readonly restaurant: string
  readonly zones: ReadonlyArray<Zone>
  readonly wasSaved: boolean
}

export const ZonesPage = ({ base, restaurant, wasSaved, zones }: ZonesPageProps) => (
  <Layout base={base} title="Delivery zones" restaurant={restaurant}>
    <p class="crumbs">
      <a href={`${base}/services`}>Services</a> / Delivery zones
    </p>
    {wasSaved ? <Notice>Saved.</Notice> : null}
    <table>
      <caption>Zones</caption>
      <thead>
        <tr>
          <th scope="col">Zone</th>
          <th scope="col">Postcodes</th>
          <th scope="col">Fee</th>
          <th scope="col">Minimum order</th>
        </tr>
      </thead>
      <tbody>
        {zones.map((zone) => (
          <tr>
            <th scope="row">
              <a href={`${base}/delivery-zones/${zone.id}`}>{zone.name}</a>
            </th>
            <td>{zone.postcodes}</td>
            <td>{zone.fee}</td>
            <td>{zone.minimumOrder}</td>
          </tr>
        ))}
      </tbody>
    </table>
    <p>
      <a href={`${base}/delivery-zones/new`}>Add a zone</a>
    </p>
  </Layout>
)

/** 200 postcodes of ten letters. */
const LONGEST_POSTCODES = 2400

interface ZonePageProps {
  readonly base: string
  readonly restaurant: string
  readonly zone: Zone
  readonly problem?: string | undefined
}

export const ZonePage = ({ base, problem, restaurant, zone }: ZonePageProps) => (
  <Layout base={base} title="Delivery zone" restaurant={restaurant}>
    <p class="crumbs">
      <a href={`${base}/services`}>Services</a> / <a href={`${base}/delivery-zones`}>Delivery zones</a>
    </p>
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    <form class="card" method="post" action={`${base}/delivery-zones/${zone.id}`}>
      <TextField name="name" label="Name" value={zone.name} />
      <TextField
        name="postcodes"
        label="Postcodes"
        value={zone.postcodes}
        hint="Separated by commas."
        maxLength={LONGEST_POSTCODES}
      />
      <TextField name="fee" label="Delivery fee" value={zone.fee} hint="As in 2.50" />
      <TextField name="minimumOrder" label="Minimum order" value={zone.minimumOrder} />
      <button type="submit">Save zone</button>
    </form>
  </Layout>
)
