/** The website of a restaurant: a draft that is edited, and what of it was published. */
import type { Database } from "bun:sqlite"
import { makeRecord } from "./Records.ts"

export const themes = ["light", "dark"] as const
export type Theme = (typeof themes)[number]

export interface SiteDesign {
  readonly theme: Theme
  /** `#8a2f1b`. */
  readonly accent: string
  readonly headline: string
  readonly welcome: string
}

interface Website {
  readonly draft: SiteDesign
  readonly published: SiteDesign | null
}

export type SiteState = "Not published" | "Changed since it was published" | "Published"

export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/u.test(text)

const isSame = (one: SiteDesign, other: SiteDesign | null): boolean => JSON.stringify(one) === JSON.stringify(other)

const first: Website = {
  draft: { theme: "light", accent: "#446688", headline: "Welcome", welcome: "" },
  published: null
}

export const makeWebsites = (database: Database) => {
  const websites = makeRecord(database, "website", () => first)
  return {
    draft: (restaurant: string): SiteDesign => websites.read(restaurant).draft,
    published: (restaurant: string): SiteDesign | null => websites.read(restaurant).published,
    state: (restaurant: string): SiteState => {
      const { draft, published } = websites.read(restaurant)
      if (published === null) return "Not published"
      return isSame(draft, published) ? "Published" : "Changed since it was published"
    },
    save: (restaurant: string, { accent, headline, theme, welcome }: SiteDesign): void => {
      websites.write(restaurant, { ...websites.read(restaurant), draft: { theme, accent, headline, welcome } })
    },
    publish: (restaurant: string): void => {
      const { draft } = websites.read(restaurant)
      websites.write(restaurant, { draft, published: draft })
    }
  }
}
