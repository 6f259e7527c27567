import type { Item } from "../data/Menus.ts"
import { type Services, serviceKinds, serviceTitles } from "../data/Services.ts"
import { Layout } from "./Layout.tsx"

interface PublicPageProps {
  readonly base: string
  readonly restaurant: string
  readonly items: ReadonlyArray<Item>
  readonly services: Services
}

/** `trattoria-roma` -> "Trattoria Roma" */
const nameOf = (restaurant: string) =>
  restaurant
    .split("-")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(" ")

/** What guests see of a published restaurant. */
export const PublicPage = ({ base, items, restaurant, services }: PublicPageProps) => (
  <Layout base={base} title={nameOf(restaurant)}>
    <p>Open for orders</p>
    <ul aria-label="Services">
      {serviceKinds
        .filter((kind) => services.kinds[kind].isOffered)
        .map((kind) => (
          <li>{serviceTitles[kind]}</li>
        ))}
    </ul>
    <h2>Menu</h2>
    <ul aria-label="Menu">
      {items.map((item) => (
        <li>{item.name}</li>
      ))}
    </ul>
  </Layout>
)
